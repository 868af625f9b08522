// Made from docs/openapi.json by `npx -y pnpm@12 generate`.

export interface paths {
    readonly "/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the process is alive */
        readonly get: operations["live"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether each part can be reached */
        readonly get: operations["ready"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Streams, runs, deliveries and workers by state, jobs per queue, what workers feed to sinks, requests by route, and the process.
         */
        readonly get: operations["metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/adapters": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List adapters
         * @description With the JSON Schemas of their configuration and secrets, and an example.
         */
        readonly get: operations["listAdapters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/adapters/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show an adapter */
        readonly get: operations["getAdapter"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/audits": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List audits
         * @description Newest first. Audits are kept for 30 days.
         */
        readonly get: operations["listAudits"];
        readonly put?: never;
        /**
         * Compare Vespa with the ledger
         * @description The stored pages of all results that were delivered to Vespa are read again, Vespa is visited, and what is missing, stale or known to nobody is counted. With `repair` what is missing or stale is delivered again, by operations that the audit names. One supervisor carries audits out, one after the other.
         */
        readonly post: operations["beginAudit"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/audits/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show an audit */
        readonly get: operations["getAudit"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/budgets": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List rate budgets
         * @description Limits of sources as the whole fleet keeps them: those that streams state, those that are configured by name, and what sources said themselves. In order of key. One that nobody used for a day is not on the list, unless it has limits.
         */
        readonly get: operations["listBudgets"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/budgets/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show a rate budget */
        readonly get: operations["getBudget"];
        /**
         * Configure a rate budget by name
         * @description Its limits hold for all streams whose `budget` has this name, in place of the limits that those streams state. They are in force within a moment, also for runs under way; what was sent before counts.
         */
        readonly put: operations["configureBudget"];
        readonly post?: never;
        /**
         * Forget a rate budget
         * @description Forgets the limits that were configured and what the source said, a block above all. Limits that streams state hold again; the budget stays on the list while streams use it.
         */
        readonly delete: operations["forgetBudget"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try a stream that is not saved
         * @description Takes what makes a stream, and makes none. Asks the source as a first run would, at most 15 s, and shows the first page, its first records and documents. A live source is listened to until its first segment, or for 10 s. Stores and changes nothing.
         */
        readonly post: operations["checkUnsavedStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/dead-letters": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List dead letters
         * @description Records and results that a transform or a sink refused, and why. Newest first.
         */
        readonly get: operations["listDeadLetters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/dead-letters/discard": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Discard dead letters
         * @description They are resolved and stay out. Nothing is delivered, nothing is deleted.
         */
        readonly post: operations["discardDeadLetters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/dead-letters/groups": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List dead letters by cause
         * @description One entry for each code of error, stream and sink, with an example. The cause of the newest dead letter first.
         */
        readonly get: operations["listDeadLetterGroups"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/dead-letters/redrive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Deliver dead letters again
         * @description Their results are read from the store again, by the version of the stream that is current when their turn comes, and delivered to the same sinks. What is refused again is a new dead letter. A dead letter whose sink the stream does not have any more stays open.
         */
        readonly post: operations["redriveDeadLetters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/documents": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Search documents
         * @description Full text in the words of a web search ("quoted phrase", or, -not). From the sink `postgres` the newest come first. A stream whose documents are in Vespa is searched there, by its own ranking where there are words: `q` becomes a query of its language, over the fields of `fieldset default`.
         */
        readonly get: operations["searchDocuments"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/documents/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Show a document
         * @description With its lineage: the record of the result that it was made of, the run that fetched it, and the versions in force.
         */
        readonly get: operations["getDocument"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Follow what happens
         * @description Server-sent events. `data-streams:results` for each committed result, with data as in ResultEvent, in the order of their commits, none twice and none left out when a client resumes with the id of the last one it saw. `data-streams:worker_available` when a worker is up and has nothing to run, with data as in WorkerAvailableEvent; it has no id and is not repeated. Without an id the stream begins now. A comment each 15 s is a sign of life.
         */
        readonly get: operations["streamEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/ingest/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Push data to a stream
         * @description For streams of an adapter that is pushed (`push`), while they are started. The body is stored as it is and becomes a run with one result; 202 says that both are durable and will reach the sinks. Authorised by the token of the API, or by the signature or token that the stream asks of its senders: then no other is needed. With an Idempotency-Key (or the header that the stream names for it) the same body is stored once and has one answer, for as long as its result is kept; another body is refused. 429 asks to wait because too much of the stream waits for its sinks, 503 (`overloaded`) because this process cannot take more; both say in Retry-After for how long.
         */
        readonly post: operations["ingest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Follow documents as they arrive
         * @description New and changed documents of all streams, or of those named, in the order of their commits, none twice and none left out when a client resumes with the id of the last message it saw, at any supervisor. Of several changes of one document while nobody reads only the last is sent. As server-sent events: `document` with data as in LiveDocument, `deleted` with data as in LiveDeletion, and a comment each 15 s as a sign of life. With `Upgrade: websocket` the same as text messages `{"id", "event", "data"}`, and `heartbeat` as sign of life. A client that reads too slowly is told so and cut off: the event `error` with the code `slow_consumer`, or 4008 as close code of the WebSocket. It may come back and resume.
         */
        readonly get: operations["followDocuments"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/operations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List operations
         * @description Newest first. Operations are kept for a week.
         */
        readonly get: operations["listOperations"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/operations/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Show an operation
         * @description Complete only when every worker concerned has acknowledged, or its lease is over. Operations are kept for a week.
         */
        readonly get: operations["getOperation"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Count what there is at a glance
         * @description What is late, failing, waiting for a budget or paused, the pace of the last minute, and the workers; one cheap query.
         */
        readonly get: operations["getOverview"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/results/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Show a result
         * @description The reference to a stored response: request, response, and its way to each sink.
         */
        readonly get: operations["getResult"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/results/{id}/body": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Get the raw bytes of a result
         * @description Byte for byte as the source sent them (after content decoding), with the content type it gave. Checked against the SHA-256 of the result, above 8 MiB while it is sent: then a body that is damaged breaks off. With `redirect=1`, and when the object store is set up for it, the answer is a redirection to the store, for a few minutes and without a token: what it sends is not checked, and what it has compressed it sends with `Content-Encoding: zstd`.
         */
        readonly get: operations["getResultBody"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the runs of all streams
         * @description Newest first.
         */
        readonly get: operations["listAllRuns"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show a run */
        readonly get: operations["getRun"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/interrupt": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Interrupt a run
         * @description Fetch, put, transform and upsert are aborted, and the run never comes back by itself. What it had fetched and not delivered is held. Answered when its workers have acknowledged or their leases are over.
         */
        readonly post: operations["interruptRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/log": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Show what was said of a run
         * @description How attempts ended that failed, and what the adapter noted, in order; at most 100 lines of an attempt. Nothing is said of a run without incident. Kept for a week.
         */
        readonly get: operations["getRunLog"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/release": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Deliver what was held
         * @description Results that were held when the run was interrupted go on to their sinks.
         */
        readonly post: operations["releaseRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/results": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the results of a run
         * @description With their deliveries, in the order in which they were fetched: where the time of the run went.
         */
        readonly get: operations["listResultsOfRun"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/retry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Retry a run
         * @description Queues a run that is failed, partial, timedOut or interrupted again: the same run, by the same version, with one more attempt that goes on from the checkpoint of the stream. What was held of it is delivered as well. The stream must be started or paused, and no run of it in progress or in line.
         */
        readonly post: operations["retryRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/session": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show how one is signed in */
        readonly get: operations["getSession"];
        readonly put?: never;
        /**
         * Sign in
         * @description Gives a browser a session instead of the token: a sealed cookie that no script can read. It ends 12 hours after it was used last, 7 days after it began, and when the admin token changes. Whoever changes something in a session sends `X-Weaver-Client: 1` from a page of this server.
         */
        readonly post: operations["signIn"];
        /**
         * Sign out
         * @description Takes the cookie back from the browser.
         */
        readonly delete: operations["signOut"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sinks": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List sinks that are fed
         * @description How sinks do that keep account of it, as workers said within the last minute: pace, window, refusals, latencies. In order of kind and target.
         */
        readonly get: operations["listSinks"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List streams
         * @description In order of name, or as `order` says. Streams without the time they are ordered by come last; those of the same time are in order of name. A stream whose time changes while pages are read may come on two of them or on none.
         */
        readonly get: operations["listStreams"];
        readonly put?: never;
        /**
         * Make a stream
         * @description It is made stopped; start it with POST /v1/streams/{id}/start.
         */
        readonly post: operations["createStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show a stream */
        readonly get: operations["getStream"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Delete a stream
         * @description Stops it first. Runs, results and documents stay; the name becomes free. Answered when no request reaches the source any more. With `purge` stored results, their bodies and the documents in the sinks go as well; the operation is complete when they are gone, and the account of its runs stays.
         */
        readonly delete: operations["deleteStream"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a stream
         * @description Each field given replaces the whole field, others stay; of `secrets` only the names given change, null removes one. The result is checked as a whole, and makes a new version when it differs. A changed schedule takes effect at the end of the current interval.
         */
        readonly patch: operations["changeStream"];
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/backfill": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Fetch the past of a stream again
         * @description Queues runs that ask the source for a stretch of time, or for everything behind a cursor, by the version that is current. They run one after the other beside the schedule, and move no cursor of the stream: it goes on where it was. Each goes on until nothing is left, a day at most. What the source can be asked by time follows from the configuration; where it cannot, give a cursor. With `dryRun` it is only answered which runs there would be.
         */
        readonly post: operations["backfillStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/canary": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try a version before it is current
         * @description The changed configuration becomes a version on trial. `instead`: the next ticks run with it. `beside`: each tick runs with the current version, and once more with the one on trial, whose pages are stored, read and transformed, but reach no sink and move no cursor. After so many good runs in all it becomes current by itself; with its first failed run it is given up.
         */
        readonly post: operations["tryVersion"];
        /** Give up the version on trial */
        readonly delete: operations["endTrial"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/canary/accept": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Make the version on trial current
         * @description It becomes current at once, whatever good runs it still needs.
         */
        readonly post: operations["acceptTrial"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Try a stream, or a change of it
         * @description Asks the source as a first run would, at most 15 s, and shows the first page, its first records and documents. A live source is listened to until its first segment, or for 10 s. Stores and changes nothing. With a body the stream is tried as if it were changed so; secrets that the body does not name are those of the stream.
         */
        readonly post: operations["checkStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/cursor": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Set the cursor of a stream
         * @description The next run goes on from this checkpoint; null: from the beginning. No run may be in progress.
         */
        readonly put: operations["setCursor"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/diff": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Compare two versions of a stream */
        readonly get: operations["diffVersions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/pause": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Pause a stream
         * @description No tick is run until it is resumed: they count as skipped. What runs comes to its end, and what is fetched is delivered.
         */
        readonly post: operations["pauseStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/reparse": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Read stored results again
         * @description Results that are stored already are read, transformed and delivered again by the version that is current now; the source is not asked. The operation shows how far it is, and is complete when every delivery has ended. Newer data win, whichever arrives last. With `dryRun` it is only counted what would be touched.
         */
        readonly post: operations["reparseStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/results": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the results of a stream
         * @description Newest first. A result refers to one stored response.
         */
        readonly get: operations["listResults"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Resume a stream
         * @description A paused stream goes on with the ticks it had, whoever paused it.
         */
        readonly post: operations["resumeStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/rollback": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Go back to a version
         * @description The configuration of an older version becomes the newest version, in force from the end of the current interval. Secrets stay as they are.
         */
        readonly post: operations["rollbackStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/runs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the runs of a stream
         * @description Newest first, with ticks that were skipped or missed and why.
         */
        readonly get: operations["listRuns"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/sinks": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Show how far the sinks of a stream are behind
         * @description One entry for each sink of the current version, in its order.
         */
        readonly get: operations["listSinkLags"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/start": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Start a stream
         * @description Its first tick is now. A paused stream is resumed; starting a started one changes nothing.
         */
        readonly post: operations["startStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/stop": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Stop a stream
         * @description The wish is committed, then every worker concerned is told. Answered when all of them have acknowledged, or their leases are over: from then on no byte of the stream reaches its source or a sink. What was fetched and not delivered yet is held, and goes on when the stream is started again; with `drain` it is delivered first. A client that hangs up meanwhile does not undo the stop.
         */
        readonly post: operations["stopStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/ticks": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the ticks of a stream
         * @description Newest first: every nominal time since the stream was started, with what became of it. Ticks that were skipped or missed in a row are one entry. The last 30 s are not accounted for yet where nothing ran.
         */
        readonly get: operations["listTicks"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/ticks/run": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Run ticks that were missed or skipped
         * @description Each gets one run with its nominal time, by the version that is current now and from the present checkpoint; the account of ticks then says that it ran, and how late. A tick that has a run is left alone, so asking twice runs once. One after the other, beside the schedule; those of a paused stream run when it goes on. With `dryRun` it is only answered what would be run.
         */
        readonly post: operations["runTicks"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/trigger": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Run a stream now
         * @description Queues one run besides the schedule. The stream must be started or paused, and no run of it in progress or in line.
         */
        readonly post: operations["triggerStream"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/versions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the versions of a stream
         * @description Newest first. Runs are pinned to the version that they began with.
         */
        readonly get: operations["listStreamVersions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/{id}/vespa-schema": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Propose a schema of Vespa
         * @description For the documents of a stream: by the mapping of its vespa sink, when it has one, else for all fields; what they hold is told by the newest stored results. The source is not asked.
         */
        readonly get: operations["proposeVespaSchema"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/streams/actions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Act on many streams at once
         * @description Starts, stops, pauses, resumes, triggers, changes or deletes all streams that a filter finds. The wish is written down before the answer and carried out in batches; the operation shows how far it is. With `dryRun` it is only counted what would be touched.
         */
        readonly post: operations["actOnStreams"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/workers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List workers
         * @description In order of id. Workers that left in good order are not on the list; a lost one is for a day.
         */
        readonly get: operations["listWorkers"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/workers/{id}/drain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Drain a worker
         * @description It takes nothing new. What it runs may end by itself until the deadline, then it is handed to other workers. The worker stays up until it is ended.
         */
        readonly post: operations["drainWorker"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/workers/start": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Start fetching
         * @description Makes the stream of this name or changes it, and starts it. The beginning of the name finds its adapter (`IQAIR_DAILY`: iqair), else `type` does. The same message again changes nothing; a change takes effect at the end of the current interval. The secret is sealed and never comes back; without `secret_key` the one that is set stays.
         */
        readonly post: operations["startByMessage"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/workers/stop": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Stop fetching
         * @description Answered when no request reaches the source any more.
         */
        readonly post: operations["stopByMessage"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "streams": 38,
         *       "matched": 40,
         *       "running": 14,
         *       "workers": 5
         *     }
         */
        readonly ActionPreview: {
            /** @description Streams the filter finds. */
            readonly matched: number;
            /** @description With `purge`: what goes. */
            readonly purged?: {
                /** @description Raw bytes of them. */
                readonly bytes: number;
                /** @description Results that were stored. */
                readonly results: number;
            };
            /** @description Runs in progress of these streams. */
            readonly running: number;
            /** @description Streams it would change. */
            readonly streams: number;
            /** @description Workers that run them. */
            readonly workers: number;
        };
        /**
         * @example {
         *       "id": "iqair",
         *       "summary": "Air quality and weather of a city, from the AirVisual API of IQAir.",
         *       "mode": "poll",
         *       "pushed": false,
         *       "config": {
         *         "type": "object",
         *         "properties": {
         *           "resource": {
         *             "const": "nearest_city"
         *           },
         *           "lat": {
         *             "type": "number"
         *           },
         *           "lon": {
         *             "type": "number"
         *           }
         *         }
         *       },
         *       "secrets": {
         *         "type": "object",
         *         "properties": {
         *           "key": {
         *             "type": "string"
         *           }
         *         },
         *         "required": [
         *           "key"
         *         ]
         *       },
         *       "example": {
         *         "resource": "nearest_city",
         *         "lat": 40.4,
         *         "lon": -3.7
         *       },
         *       "startMessage": true,
         *       "origin": {
         *         "kind": "builtIn"
         *       }
         *     }
         */
        readonly Adapter: {
            /** @description JSON Schema of `config`. */
            readonly config: {
                readonly [key: string]: unknown;
            };
            /** @description A `config` that is valid. */
            readonly example: {
                readonly [key: string]: unknown;
            };
            /** @example iqair */
            readonly id: string;
            /**
             * @description poll: runs on a schedule; live: keeps a connection open.
             * @enum {unknown}
             */
            readonly mode: "poll" | "live";
            /** @description Where it is from. */
            readonly origin: {
                /**
                 * @description Part of Data Weaver, or from a package that WEAVER_ADAPTERS names.
                 * @enum {unknown}
                 */
                readonly kind: "builtIn" | "package";
                /**
                 * @description Name of the package.
                 * @example weaver-adapter-weather
                 */
                readonly package?: string;
                /**
                 * @description Version of the package; empty when it has none.
                 * @example 1.2.0
                 */
                readonly version?: string;
            };
            /** @description The source sends by itself, to POST /v1/ingest/{stream}: its streams have no schedule and are not tried. */
            readonly pushed: boolean;
            /** @description JSON Schema of `secrets`. */
            readonly secrets: {
                readonly [key: string]: unknown;
            };
            /** @description Whether POST /v1/workers/start can configure it. */
            readonly startMessage: boolean;
            readonly summary: string;
        };
        /**
         * @example {
         *       "id": "0193a6f3-2b6e-7d2b-9d7a-5f1f0c8d2e11",
         *       "trigger": "user",
         *       "documentType": null,
         *       "since": null,
         *       "repair": true,
         *       "state": "completed",
         *       "targets": [
         *         {
         *           "namespace": "weaver",
         *           "documentType": "earthquake",
         *           "results": 8640,
         *           "unreadable": 0,
         *           "expected": 12400,
         *           "found": 12399,
         *           "tombstones": 12,
         *           "collected": 2,
         *           "missing": 1,
         *           "stale": 0,
         *           "altered": 0,
         *           "unknown": 0,
         *           "foreign": 0,
         *           "examples": [
         *             {
         *               "finding": "missing",
         *               "id": "earthquakes:ci38457511",
         *               "resultId": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11"
         *             }
         *           ],
         *           "repairs": [
         *             "0193a6f3-3c1d-7c7e-8a35-0d9d4a1f5b6e"
         *           ],
         *           "unrepairable": 0
         *         }
         *       ],
         *       "error": null,
         *       "createdAt": "2026-03-05T16:00:00.000Z",
         *       "startedAt": "2026-03-05T16:00:00.100Z",
         *       "finishedAt": "2026-03-05T16:00:09.700Z"
         *     }
         */
        readonly Audit: {
            /** Format: date-time */
            readonly createdAt: string;
            /** @description The only one it is about; null: all. */
            readonly documentType: string | null;
            readonly error: {
                /** @enum {unknown} */
                readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                readonly message: string;
                readonly origin: string;
                /** @description What the source called it. */
                readonly upstreamCode?: string;
            } | null;
            /** @description When it ended. */
            readonly finishedAt: string | null;
            /** Format: uuid */
            readonly id: string;
            readonly repair: boolean;
            /** @description Results from then on were read; null: all. */
            readonly since: string | null;
            /** @description When it began. */
            readonly startedAt: string | null;
            /** @enum {unknown} */
            readonly state: "queued" | "running" | "completed" | "failed";
            /** @description By document type and namespace; complete when the audit is. */
            readonly targets: readonly {
                /** @description Documents whose contents somebody else changed. */
                readonly altered: number;
                /** @description Tombstones that were removed: no older write of their documents can come any more. */
                readonly collected: number;
                readonly documentType: string;
                /** @description The first few of each kind. */
                readonly examples: readonly {
                    /** @enum {unknown} */
                    readonly finding: "missing" | "stale" | "altered" | "unknown";
                    /** @description Id of the document. */
                    readonly id: string;
                    /** @description The result that should have written it; of an unknown one what the document says. */
                    readonly resultId: string | null;
                }[];
                /** @description Documents that the results say should be there. */
                readonly expected: number;
                /** @description Documents of the namespace that Data Weaver did not write. */
                readonly foreign: number;
                /** @description Documents of ours that Vespa has; tombstones do not count. */
                readonly found: number;
                /** @description Documents that should be there and are not. */
                readonly missing: number;
                readonly namespace: string;
                /** @description Operations that deliver again. */
                readonly repairs: readonly string[];
                /** @description Results that were read. */
                readonly results: number;
                /** @description Documents that are older there than they should be. */
                readonly stale: number;
                /** @description Tombstones of deleted documents. */
                readonly tombstones: number;
                /** @description Documents that are there and that nobody knows: no result of the ledger, or not of what it says. */
                readonly unknown: number;
                /** @description Results whose stored page could not be read: of their documents nothing is said. */
                readonly unreadable: number;
                /** @description Results that no sink of the current version of their stream takes to this place. */
                readonly unrepairable: number;
            }[];
            /** @enum {unknown} */
            readonly trigger: "user" | "schedule";
        };
        /**
         * @example {
         *       "runs": [
         *         {
         *           "id": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *           "since": "2026-01-01T00:00:00.000Z",
         *           "until": "2026-02-01T00:00:00.000Z",
         *           "cursor": {
         *             "version": 1
         *           }
         *         }
         *       ],
         *       "operation": "019cbea1-7f00-7c11-8a8e-2b6f1d1c9a10",
         *       "bounded": true
         *     }
         */
        readonly Backfill: {
            /** @description The source is asked for nothing beyond `until`. Otherwise a run fetches all that there is since its beginning. */
            readonly bounded: boolean;
            /** @description The operation that tells how far they are; null in a preview. */
            readonly operation: string | null;
            /** @description The oldest first. They run one after the other, beside the runs of the schedule. */
            readonly runs: readonly {
                /** @description What it begins with. */
                readonly cursor: unknown;
                /** @description Of the run; null in a preview. */
                readonly id: string | null;
                readonly since: string | null;
                readonly until: string | null;
            }[];
        };
        /**
         * @example {
         *       "key": "name:iqair-community",
         *       "name": "iqair-community",
         *       "host": null,
         *       "configured": true,
         *       "policies": [
         *         {
         *           "requests": 5,
         *           "perMs": 60000,
         *           "remaining": 3
         *         },
         *         {
         *           "requests": 500,
         *           "perMs": 86400000,
         *           "remaining": 212
         *         }
         *       ],
         *       "concurrency": 2,
         *       "running": 1,
         *       "waiting": 0,
         *       "blockedUntil": null,
         *       "limit": null,
         *       "remaining": null,
         *       "resetAt": null,
         *       "learnedFrom": null,
         *       "learnedAt": null,
         *       "streams": [
         *         {
         *           "id": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *           "name": "madrid-air",
         *           "usedAt": "2026-03-05T15:56:20.000Z"
         *         }
         *       ],
         *       "usedAt": "2026-03-05T15:56:20.000Z"
         *     }
         */
        readonly Budget: {
            /** @description No request is sent before, as the source asked for it. */
            readonly blockedUntil: string | null;
            /** @description Limit of requests under way at once. */
            readonly concurrency: number | null;
            /** @description Its limits were set by name, and not by streams. */
            readonly configured: boolean;
            /** @description Host and port of its requests; null for a named budget, which may span hosts. */
            readonly host: string | null;
            /**
             * @description Host, and a fingerprint of the secrets when there are any; or `name:` and the name. Secrets cannot be had from it.
             * @example host:api.airvisual.com#5f1c0a9be2d47788
             */
            readonly key: string;
            /** @description When the source told so last. */
            readonly learnedAt: string | null;
            /** @description Header that told so, or `status` for a 429 without one. */
            readonly learnedFrom: string | null;
            /** @description Limit that the source stated. */
            readonly limit: number | null;
            /** @description Its name, when it has one. */
            readonly name: string | null;
            /** @description Limits in force. */
            readonly policies: readonly {
                readonly perMs: number;
                /** @description Requests that may be sent now. */
                readonly remaining: number;
                readonly requests: number;
            }[];
            /** @description Requests left until `resetAt`, as the source stated and less what was sent since. */
            readonly remaining: number | null;
            /** @description When the source counts anew. */
            readonly resetAt: string | null;
            /** @description Requests under way that count for `concurrency`. */
            readonly running: number;
            /** @description Streams that took from it lately, at most 20, the latest first. */
            readonly streams: readonly {
                /** Format: uuid */
                readonly id: string;
                /** @description Null when it was deleted. */
                readonly name: string | null;
                /** Format: date-time */
                readonly usedAt: string;
            }[];
            /** Format: date-time */
            readonly usedAt: string;
            /** @description Runs that wait for it. */
            readonly waiting: number;
        };
        /**
         * @example {
         *       "request": {
         *         "method": "GET",
         *         "url": "https://api.airvisual.com/v2/nearest_city?lat=40.4&lon=-3.7&key=***",
         *         "headers": {
         *           "accept": "application/json"
         *         }
         *       },
         *       "response": {
         *         "status": 200,
         *         "headers": {
         *           "content-type": "application/json; charset=utf-8"
         *         },
         *         "receivedAt": "2026-03-05T15:56:20.301Z",
         *         "durationMs": 281.4
         *       },
         *       "bytes": 412,
         *       "page": {
         *         "contentType": "application/json; charset=utf-8",
         *         "text": "{\"status\":\"success\",\"data\":{\"city\":\"Madrid\",\"current\":{\"pollution\":{\"aqius\":41}}}}",
         *         "truncated": false
         *       },
         *       "recordCount": 1,
         *       "records": [
         *         {
         *           "key": [
         *             "Spain",
         *             "Madrid",
         *             "Madrid"
         *           ],
         *           "fields": {
         *             "city": "Madrid",
         *             "current": {
         *               "pollution": {
         *                 "aqius": 41
         *               }
         *             }
         *           },
         *           "deleted": false
         *         }
         *       ],
         *       "documents": [
         *         {
         *           "id": "madrid-air:Spain:Madrid:Madrid",
         *           "fields": {
         *             "city": "Madrid",
         *             "aqi": 41
         *           }
         *         }
         *       ],
         *       "problems": []
         *     }
         */
        readonly CheckAnswer: {
            /** @description Size of the answer; of one that is too large to be held what was read of it. */
            readonly bytes: number;
            /** @description What the transform makes of them. */
            readonly documents: readonly {
                readonly fields: unknown;
                readonly id: string;
            }[];
            /** @description The first page, or the first segment of a live connection; null when none came. */
            readonly page: {
                /** @description As the source named it; empty when it did not. */
                readonly contentType: string;
                /** @description Its beginning, secrets redacted; null when it is no text. */
                readonly text: string | null;
                /** @description There is more: only the first 65536 characters are here. */
                readonly truncated: boolean;
            } | null;
            /** @description Records that would become dead letters, the first 20. */
            readonly problems: readonly {
                readonly problem: string;
                /** @description Index of the record in the answer. */
                readonly record: number;
            }[];
            /** @description Records in the answer; of one that is too large to be held the first 1000. */
            readonly recordCount: number;
            /** @description The first 5 records as they came. */
            readonly records: readonly {
                readonly deleted: boolean;
                readonly fields: unknown;
                readonly key: readonly (string | number)[];
            }[];
            /** @description What was asked, secrets redacted; null when the adapter had nothing to ask, or asked by a protocol without requests. */
            readonly request: {
                readonly headers: {
                    readonly [key: string]: string;
                };
                readonly method: string;
                readonly url: string;
            } | null;
            /** @description What was answered, secrets redacted. */
            readonly response: {
                readonly durationMs: number;
                readonly headers: {
                    readonly [key: string]: string;
                };
                /** Format: date-time */
                readonly receivedAt: string;
                readonly status: number;
            } | null;
        };
        /**
         * @example {
         *       "id": "17",
         *       "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *       "stream": "madrid-air",
         *       "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *       "resultId": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11",
         *       "sink": "postgres",
         *       "record": 3,
         *       "error": {
         *         "code": "transform_failed",
         *         "origin": "transform",
         *         "message": "Field aqi: the value at \"current.pollution.aqius\" is \"n/a\", which is no number."
         *       },
         *       "createdAt": "2026-03-05T15:56:20.000Z",
         *       "resolvedAt": null,
         *       "resolution": null
         *     }
         */
        readonly DeadLetter: {
            /** Format: date-time */
            readonly createdAt: string;
            readonly error: {
                /** @enum {unknown} */
                readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                readonly message: string;
                readonly origin: string;
                /** @description What the source called it. */
                readonly upstreamCode?: string;
            };
            readonly id: string;
            /** @description Index of the record; null: the whole result. */
            readonly record: number | null;
            /** @description redriven: delivered again on demand. reparsed: its result was read again by a re-parse. What was refused again is a new dead letter. discarded: it is to stay out. */
            readonly resolution: ("redriven" | "reparsed" | "discarded") | null;
            /** @description Null: it is open. */
            readonly resolvedAt: string | null;
            /** Format: uuid */
            readonly resultId: string;
            /** Format: uuid */
            readonly runId: string;
            readonly sink: string;
            readonly stream: string;
            /** Format: uuid */
            readonly streamId: string;
        };
        /**
         * @example {
         *       "code": "transform_failed",
         *       "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *       "stream": "madrid-air",
         *       "sink": "postgres",
         *       "count": 12,
         *       "oldest": "2026-03-04T08:11:20.000Z",
         *       "newest": "2026-03-05T15:56:20.000Z",
         *       "example": {
         *         "id": "17",
         *         "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *         "stream": "madrid-air",
         *         "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *         "resultId": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11",
         *         "sink": "postgres",
         *         "record": 3,
         *         "error": {
         *           "code": "transform_failed",
         *           "origin": "transform",
         *           "message": "Field aqi: the value at \"current.pollution.aqius\" is \"n/a\", which is no number."
         *         },
         *         "createdAt": "2026-03-05T15:56:20.000Z",
         *         "resolvedAt": null,
         *         "resolution": null
         *       }
         *     }
         */
        readonly DeadLetterGroup: {
            /** @enum {unknown} */
            readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
            /** @description Dead letters of this cause. */
            readonly count: number;
            readonly example: {
                /** Format: date-time */
                readonly createdAt: string;
                readonly error: {
                    /** @enum {unknown} */
                    readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                    readonly message: string;
                    readonly origin: string;
                    /** @description What the source called it. */
                    readonly upstreamCode?: string;
                };
                readonly id: string;
                /** @description Index of the record; null: the whole result. */
                readonly record: number | null;
                /** @description redriven: delivered again on demand. reparsed: its result was read again by a re-parse. What was refused again is a new dead letter. discarded: it is to stay out. */
                readonly resolution: ("redriven" | "reparsed" | "discarded") | null;
                /** @description Null: it is open. */
                readonly resolvedAt: string | null;
                /** Format: uuid */
                readonly resultId: string;
                /** Format: uuid */
                readonly runId: string;
                readonly sink: string;
                readonly stream: string;
                /** Format: uuid */
                readonly streamId: string;
            };
            /** Format: date-time */
            readonly newest: string;
            /** Format: date-time */
            readonly oldest: string;
            readonly sink: string;
            readonly stream: string;
            /** Format: uuid */
            readonly streamId: string;
        };
        /**
         * @example {
         *       "id": "madrid-air:Spain:Madrid:Madrid",
         *       "stream": "madrid-air",
         *       "seq": 1042,
         *       "fields": {
         *         "city": "Madrid",
         *         "aqi": 41
         *       },
         *       "lineage": {
         *         "resultId": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11",
         *         "record": 0,
         *         "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *         "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *         "streamVersion": 1,
         *         "transformVersion": 1
         *       },
         *       "changedAt": "2026-03-05T15:56:20.340Z",
         *       "revision": 7
         *     }
         */
        readonly Document: {
            /**
             * Format: date-time
             * @description When the fields last changed; of Vespa, when the document was last written.
             */
            readonly changedAt: string;
            readonly fields: {
                readonly [key: string]: unknown;
            };
            /** @example earthquakes:ci38457511 */
            readonly id: string;
            readonly lineage: {
                /** @description Index of the record in the page. */
                readonly record: number;
                /** Format: uuid */
                readonly resultId: string;
                /** Format: uuid */
                readonly runId: string;
                /** Format: uuid */
                readonly streamId: string;
                readonly streamVersion: number;
                readonly transformVersion: number;
            };
            /** @description How often the fields changed, 1 for a new document; null where the sink does not count. */
            readonly revision: number | null;
            /** @description Sequence number of the result that last wrote it. */
            readonly seq: number;
            /** @description Name of the stream. */
            readonly stream: string;
        };
        /**
         * @example {
         *       "id": "madrid-air:Spain:Madrid:Madrid",
         *       "stream": "madrid-air",
         *       "seq": 1042,
         *       "changedAt": "2026-03-05T15:56:20.340Z"
         *     }
         */
        readonly LiveDeletion: {
            /**
             * Format: date-time
             * @description When the fields last changed; of Vespa, when the document was last written.
             */
            readonly changedAt: string;
            /** @example earthquakes:ci38457511 */
            readonly id: string;
            /** @description Sequence number of the result that last wrote it. */
            readonly seq: number;
            /** @description Name of the stream. */
            readonly stream: string;
        };
        /**
         * @example {
         *       "id": "madrid-air:Spain:Madrid:Madrid",
         *       "stream": "madrid-air",
         *       "seq": 1042,
         *       "fields": {
         *         "city": "Madrid",
         *         "aqi": 41
         *       },
         *       "lineage": {
         *         "resultId": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11",
         *         "record": 0,
         *         "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *         "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *         "streamVersion": 1,
         *         "transformVersion": 1
         *       },
         *       "changedAt": "2026-03-05T15:56:20.340Z",
         *       "revision": 7,
         *       "fieldsOmitted": false
         *     }
         */
        readonly LiveDocument: {
            /**
             * Format: date-time
             * @description When the fields last changed; of Vespa, when the document was last written.
             */
            readonly changedAt: string;
            readonly fields: {
                readonly [key: string]: unknown;
            };
            /** @description Whether the fields were left out because they are larger than 64 KiB; GET /v1/documents/{id} has them. */
            readonly fieldsOmitted: boolean;
            /** @example earthquakes:ci38457511 */
            readonly id: string;
            readonly lineage: {
                /** @description Index of the record in the page. */
                readonly record: number;
                /** Format: uuid */
                readonly resultId: string;
                /** Format: uuid */
                readonly runId: string;
                /** Format: uuid */
                readonly streamId: string;
                readonly streamVersion: number;
                readonly transformVersion: number;
            };
            /** @description How often the fields changed, 1 for a new document; null where the sink does not count. */
            readonly revision: number | null;
            /** @description Sequence number of the result that last wrote it. */
            readonly seq: number;
            /** @description Name of the stream. */
            readonly stream: string;
        };
        /**
         * @example {
         *       "success": true,
         *       "message": "Started fetching from adapter IQAIR_DAILY."
         *     }
         */
        readonly MessageAnswer: {
            readonly message: string;
            readonly success: boolean;
        };
        /**
         * @example {
         *       "id": "019cbea1-7f00-7c11-8a8e-2b6f1d1c9a10",
         *       "action": "stop",
         *       "scope": {
         *         "filter": {
         *           "adapter": "iqair"
         *         }
         *       },
         *       "mode": "interrupt",
         *       "state": "waiting",
         *       "streams": {
         *         "matched": 40,
         *         "done": 40
         *       },
         *       "runs": {
         *         "told": 14,
         *         "acknowledged": 9
         *       },
         *       "workers": [
         *         {
         *           "id": "host-4711-8c1f",
         *           "told": 9,
         *           "acknowledged": 9
         *         },
         *         {
         *           "id": "host-4712-03aa",
         *           "told": 5,
         *           "acknowledged": 0
         *         }
         *       ],
         *       "deadlineAt": null,
         *       "error": null,
         *       "createdAt": "2026-03-05T15:56:20.000Z",
         *       "finishedAt": null,
         *       "lastAcknowledgedAt": "2026-03-05T15:56:20.120Z"
         *     }
         */
        readonly Operation: {
            /** @enum {unknown} */
            readonly action: "start" | "stop" | "pause" | "resume" | "trigger" | "change" | "delete" | "interrupt" | "drainWorker" | "reparse" | "redrive" | "discard" | "runTicks" | "backfill";
            /** Format: date-time */
            readonly createdAt: string;
            /** @description When a drain becomes an interruption. */
            readonly deadlineAt: string | null;
            readonly error: {
                /** @enum {unknown} */
                readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                readonly message: string;
                readonly origin: string;
                /** @description What the source called it. */
                readonly upstreamCode?: string;
            } | null;
            readonly finishedAt: string | null;
            /** Format: uuid */
            readonly id: string;
            readonly lastAcknowledgedAt: string | null;
            readonly mode: ("interrupt" | "drain") | null;
            /** @description For `runTicks` and `backfill`: what became of the runs. */
            readonly queued?: {
                /** @description Records or results that were refused. */
                readonly deadLetters: number;
                /** @description Documents that sinks acknowledged. */
                readonly documents: number;
                /** @description Of these, ended in whatever way. */
                readonly ended: number;
                /** @description Runs that were queued. */
                readonly runs: number;
                /** @description Of these, succeeded: every record is in every sink. */
                readonly succeeded: number;
            };
            /** @description For `reparse`, `redrive` and `discard`: how far it is. */
            readonly redelivery?: {
                /** @description Records or results that were refused again. */
                readonly deadLetters: number;
                /** @description Of these, those that have ended. */
                readonly delivered: number;
                /** @description Deliveries that were made. */
                readonly deliveries: number;
                /** @description Documents that sinks acknowledged. */
                readonly documents: number;
                /** @description Of these, taken in hand. */
                readonly done: number;
                /** @description Results (reparse) or dead letters (redrive, discard) that it is about. */
                readonly matched: number;
                /** @description Version that the results are read and transformed with. Null: for each stream the version that is current when its turn comes. */
                readonly streamVersion: number | null;
            };
            readonly runs: {
                /** @description Of these, ended, or their worker’s lease was over. */
                readonly acknowledged: number;
                /** @description Runs and deliveries in progress that were told, or runs that were queued. */
                readonly told: number;
            };
            /** @description What it is about. */
            readonly scope: {
                readonly deadLetters?: {
                    /** @description Which open dead letters; all conditions together, {} for all. */
                    readonly filter?: {
                        /** @description Code of the error. */
                        readonly code?: string;
                        /** @description Type of the sink. */
                        readonly sink?: string;
                        /** @description Id or name of the stream. */
                        readonly stream?: string;
                    };
                    /** @description How many. */
                    readonly ids?: number;
                };
                /**
                 * @description Which streams; all conditions together, {} for all.
                 * @example {
                 *       "adapter": "iqair"
                 *     }
                 */
                readonly filter?: {
                    readonly adapter?: string;
                    /**
                     * @description late: started and behind. failing: its last run failed. waiting: a run of it waits for a rate budget.
                     * @enum {unknown}
                     */
                    readonly condition?: "late" | "failing" | "waiting";
                    /** @enum {unknown} */
                    readonly desired?: "started" | "paused" | "stopped";
                    /** @description Names or ids. */
                    readonly names?: readonly string[];
                    readonly pool?: string;
                    /** @description Beginning of the name. */
                    readonly prefix?: string;
                    /** @description Part of the name, in any case. */
                    readonly q?: string;
                };
                /** @description Results and documents go as well. */
                readonly purge?: boolean;
                readonly run?: string;
                /** @description Id of the stream. */
                readonly stream?: string;
                /** @description Its name. */
                readonly streamName?: string;
                readonly worker?: string;
            };
            /**
             * @description applying: being written to the streams, or deliveries are being made. waiting: in force, not yet acknowledged by all workers, or not all deliveries or queued runs have ended. completed: nothing is left to do.
             * @enum {unknown}
             */
            readonly state: "applying" | "waiting" | "completed" | "failed";
            readonly streams: {
                /** @description Streams it has been applied to. */
                readonly done: number;
                readonly matched: number;
            };
            readonly workers: readonly {
                readonly acknowledged: number;
                readonly id: string;
                readonly told: number;
            }[];
        };
        /**
         * @example {
         *       "streams": {
         *         "total": 40,
         *         "started": 36,
         *         "paused": 1,
         *         "stopped": 3,
         *         "late": 2,
         *         "failing": 1,
         *         "waiting": 4
         *       },
         *       "workers": {
         *         "up": 3,
         *         "draining": 0,
         *         "lost": 0,
         *         "slots": 48,
         *         "running": 14
         *       },
         *       "deliveries": {
         *         "pending": 3,
         *         "held": 0
         *       },
         *       "deadLetters": 12,
         *       "operations": 0,
         *       "perMinute": {
         *         "runs": 38,
         *         "documents": 1240
         *       }
         *     }
         */
        readonly Overview: {
            /** @description Open dead letters. */
            readonly deadLetters: number;
            readonly deliveries: {
                /** @description Results held back by a stop. */
                readonly held: number;
                /** @description Results on their way to a sink. */
                readonly pending: number;
            };
            /** @description Operations that are not complete. */
            readonly operations: number;
            /** @description In the last minute; at a very high pace carried over from the newest 5,000. */
            readonly perMinute: {
                /** @description Documents that sinks acknowledged. */
                readonly documents: number;
                /** @description Ticks and other runs that began. */
                readonly runs: number;
            };
            readonly streams: {
                /** @description The last run failed. */
                readonly failing: number;
                /** @description Started, and behind. */
                readonly late: number;
                /** @description Paused, by somebody or by failures. */
                readonly paused: number;
                /** @description Started. */
                readonly started: number;
                /** @description Stopped. */
                readonly stopped: number;
                /** @description All streams. */
                readonly total: number;
                /** @description A run waits for a rate budget. */
                readonly waiting: number;
            };
            readonly workers: {
                /** @description Workers that end what they have. */
                readonly draining: number;
                /** @description Workers without a sign of life for 30 s. */
                readonly lost: number;
                /** @description Runs in the hands of workers. */
                readonly running: number;
                /** @description Runs that those that are up execute at once. */
                readonly slots: number;
                /** @description Workers that take work. */
                readonly up: number;
            };
        };
        /**
         * @example {
         *       "type": "urn:data-weaver:error:invalid_request",
         *       "title": "The request is not valid",
         *       "status": 400,
         *       "detail": "schedule.every must be >= 100",
         *       "code": "invalid_request",
         *       "instance": "urn:uuid:8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9",
         *       "errors": [
         *         {
         *           "field": "schedule.every",
         *           "problem": "must be >= 100",
         *           "hint": "Milliseconds from one tick to the next, at least 100. For example 300000."
         *         }
         *       ]
         *     }
         */
        readonly Problem: {
            /** @example invalid_request */
            readonly code: string;
            readonly detail: string;
            readonly errors?: readonly {
                /** @description Dotted path. */
                readonly field: string;
                /** @description The way out. */
                readonly hint?: string;
                readonly problem: string;
            }[];
            /** @description The request, as it is named in the log. */
            readonly instance?: string;
            readonly status: number;
            readonly title: string;
            /** @example urn:data-weaver:error:invalid_request */
            readonly type: string;
            /**
             * @description What the source called it.
             * @example incorrect_api_key
             */
            readonly upstreamCode?: string;
        };
        /**
         * @example {
         *       "results": 8640,
         *       "deliveries": 17280,
         *       "deadLetters": 12
         *     }
         */
        readonly RedeliveryPreview: {
            /** @description Open dead letters it is about. */
            readonly deadLetters: number;
            /** @description Deliveries to sinks that would be made. */
            readonly deliveries: number;
            /** @description Stored results that would be read again; none when dead letters are discarded. */
            readonly results: number;
        };
        /**
         * @example {
         *       "id": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11",
         *       "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *       "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *       "stream": "madrid-air",
         *       "streamVersion": 1,
         *       "seq": 1042,
         *       "part": 0,
         *       "key": "results/0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e/5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11.json",
         *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *       "size": 412,
         *       "contentType": "application/json; charset=utf-8",
         *       "expired": false,
         *       "request": {
         *         "method": "GET",
         *         "url": "https://api.airvisual.com/v2/nearest_city?lat=40.4&lon=-3.7&key=***",
         *         "headers": {
         *           "accept": "application/json"
         *         }
         *       },
         *       "response": {
         *         "status": 200,
         *         "headers": {
         *           "content-type": "application/json; charset=utf-8"
         *         },
         *         "receivedAt": "2026-03-05T15:56:20.301Z",
         *         "durationMs": 281.4
         *       },
         *       "gap": null,
         *       "createdAt": "2026-03-05T15:56:20.310Z",
         *       "deliveries": [
         *         {
         *           "sink": "postgres",
         *           "position": 0,
         *           "streamVersion": 1,
         *           "state": "done",
         *           "attempts": 1,
         *           "records": 1,
         *           "documents": 1,
         *           "deadLetters": 0,
         *           "error": null,
         *           "createdAt": "2026-03-05T15:56:20.310Z",
         *           "finishedAt": "2026-03-05T15:56:20.324Z",
         *           "transformMs": 0.4
         *         }
         *       ]
         *     }
         */
        readonly Result: {
            readonly contentType: string;
            /** Format: date-time */
            readonly createdAt: string;
            readonly deliveries?: readonly {
                /** @description Attempts begun. */
                readonly attempts: number;
                /** Format: date-time */
                readonly createdAt: string;
                /** @description Records refused. */
                readonly deadLetters: number;
                /** @description Documents acknowledged. */
                readonly documents: number;
                readonly error: {
                    /** @enum {unknown} */
                    readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                    readonly message: string;
                    readonly origin: string;
                    /** @description What the source called it. */
                    readonly upstreamCode?: string;
                } | null;
                /** @description When the sink had acknowledged it, or it was given up. */
                readonly finishedAt: string | null;
                /** @description Place of the sink in the `sinks` of the version, from 0. */
                readonly position: number;
                /** @description Records read. */
                readonly records: number;
                readonly sink: string;
                /** @enum {unknown} */
                readonly state: "pending" | "holding" | "held" | "done" | "dead";
                /** @description Version that reads and transforms the page: the one it was fetched with, or that of a re-parse or redrive. */
                readonly streamVersion: number;
                /** @description How long its last attempt took to read the records of the page and to transform them, milliseconds; null until then. */
                readonly transformMs: number | null;
            }[];
            /** @description The raw bytes were deleted: the stream keeps them for a while only (`retainFor`). */
            readonly expired: boolean;
            /** @description What a live source could not send again before this page. */
            readonly gap: {
                /** @enum {unknown} */
                readonly reason: "reconnect" | "resumeRefused" | "slowConsumer" | "start";
                /** Format: date-time */
                readonly since: string;
                /** Format: date-time */
                readonly until: string;
            } | null;
            /** Format: uuid */
            readonly id: string;
            /** @description Key in the object store. */
            readonly key: string;
            /** @description Index of the page in its run. */
            readonly part: number;
            /** @description Secrets redacted. */
            readonly request: {
                readonly headers: {
                    readonly [key: string]: string;
                };
                readonly method: string;
                readonly url: string;
            };
            readonly response: {
                readonly durationMs: number;
                readonly headers: {
                    readonly [key: string]: string;
                };
                /** Format: date-time */
                readonly receivedAt: string;
                readonly status: number;
            };
            /** Format: uuid */
            readonly runId: string;
            /** @description Grows with each committed result; documents carry it. */
            readonly seq: number;
            /** @description Of the raw bytes, hexadecimal. */
            readonly sha256: string;
            /** @description Raw bytes. */
            readonly size: number;
            readonly stream: string;
            /** Format: uuid */
            readonly streamId: string;
            readonly streamVersion: number;
        };
        /**
         * @example {
         *       "adapter": "madrid-air",
         *       "payload": {
         *         "id": "5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11",
         *         "filename": "results/0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e/5b1e7a90-3f6c-8d2b-9d7a-5f1f0c8d2e11.json"
         *       },
         *       "timestamp": "1772726180"
         *     }
         */
        readonly ResultEvent: {
            /**
             * @description Name of the stream.
             * @example IQAIR_DAILY
             */
            readonly adapter: string;
            readonly payload: {
                /** @description `<bucket>/<run>/<result>.json`, the key in the object store. */
                readonly filename: string;
                /**
                 * Format: uuid
                 * @description The result.
                 */
                readonly id: string;
            };
            /**
             * @description Unix seconds.
             * @example 1646496980
             */
            readonly timestamp: string;
        };
        /**
         * @example {
         *       "id": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *       "streamId": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *       "stream": "madrid-air",
         *       "streamVersion": 1,
         *       "trigger": "schedule",
         *       "tick": "2026-03-05T15:56:20.000Z",
         *       "ticks": 1,
         *       "state": "succeeded",
         *       "reason": null,
         *       "attempt": 1,
         *       "epoch": 1,
         *       "workerId": "host-4711-8c1f",
         *       "createdAt": "2026-03-05T15:56:20.000Z",
         *       "startedAt": "2026-03-05T15:56:20.000Z",
         *       "fetchedAt": "2026-03-05T15:56:20.310Z",
         *       "finishedAt": "2026-03-05T15:56:20.342Z",
         *       "nextAttemptAt": null,
         *       "error": null,
         *       "pages": 1,
         *       "bytes": 412,
         *       "records": 1,
         *       "documents": 1,
         *       "deadLetters": 0,
         *       "pendingDeliveries": 0,
         *       "heldDeliveries": 0,
         *       "canary": false,
         *       "backfill": null
         *     }
         */
        readonly Run: {
            /** @description Attempts begun. */
            readonly attempt: number;
            /** @description What a backfill fetches again; null for all other runs. */
            readonly backfill: {
                /** @description How far it is. The cursor of the stream is another. */
                readonly checkpoint: unknown;
                /** @description The cursor it begins with. */
                readonly from: unknown;
                /** @description Beginning of the stretch of time; null: it was given as a cursor. */
                readonly since: string | null;
                /** @description End of the stretch of time; null: it has none. */
                readonly until: string | null;
            } | null;
            /** @description Raw bytes committed. */
            readonly bytes: number;
            /** @description Whether it tried a version before it was current. */
            readonly canary: boolean;
            /** Format: date-time */
            readonly createdAt: string;
            /** @description Records or results refused. */
            readonly deadLetters: number;
            /** @description Documents acknowledged by sinks. */
            readonly documents: number;
            /** @description Fencing token: how often the run was claimed. */
            readonly epoch: number;
            readonly error: {
                /** @enum {unknown} */
                readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                readonly message: string;
                readonly origin: string;
                /** @description What the source called it. */
                readonly upstreamCode?: string;
            } | null;
            /** @description When the last page was committed. */
            readonly fetchedAt: string | null;
            readonly finishedAt: string | null;
            /** @description Results held back because the run was interrupted; POST /v1/runs/{id}/release sends them on. */
            readonly heldDeliveries: number;
            /** Format: uuid */
            readonly id: string;
            readonly nextAttemptAt: string | null;
            /** @description Pages committed. */
            readonly pages: number;
            /** @description Results still on their way to a sink, held ones included. */
            readonly pendingDeliveries: number;
            /** @description Why a tick was skipped or missed. */
            readonly reason: string | null;
            /** @description Records read from the pages by the sink jobs, over all sinks. */
            readonly records: number;
            readonly startedAt: string | null;
            /** @enum {unknown} */
            readonly state: "queued" | "running" | "waiting" | "stopping" | "delivering" | "succeeded" | "partial" | "failed" | "interrupted" | "timedOut" | "skipped" | "missed";
            /** @description Name of the stream. */
            readonly stream: string;
            /** Format: uuid */
            readonly streamId: string;
            /** @description Version the run is pinned to; null until it was claimed. */
            readonly streamVersion: number | null;
            /** @description Nominal time; null for a run that has none: one by hand, or one that was pushed. */
            readonly tick: string | null;
            /** @description Nominal times this row stands for: 1, or more in one missed stretch. */
            readonly ticks: number;
            /** @enum {unknown} */
            readonly trigger: "schedule" | "manual" | "catchUp" | "probe" | "canary" | "push" | "backfill";
            readonly workerId: string | null;
        };
        /**
         * @example {
         *       "id": "88",
         *       "at": "2026-03-05T15:56:21.120Z",
         *       "level": "warn",
         *       "attempt": 1,
         *       "workerId": "worker-1",
         *       "message": "an attempt ended with an error",
         *       "fields": {
         *         "code": "source_unavailable",
         *         "detail": "the source answered 503",
         *         "outcome": "retry",
         *         "retryAfterMs": 740
         *       }
         *     }
         */
        readonly RunLogLine: {
            /** Format: date-time */
            readonly at: string;
            /** @description Attempt of the run. */
            readonly attempt: number;
            /** @description What it is about; secrets redacted. */
            readonly fields: {
                readonly [key: string]: unknown;
            };
            readonly id: string;
            /** @enum {unknown} */
            readonly level: "info" | "warn" | "error";
            /** @description A constant sentence. */
            readonly message: string;
            readonly workerId: string;
        };
        /**
         * @example {
         *       "via": "session",
         *       "expiresAt": "2026-03-06T03:56:20.000Z"
         *     }
         */
        readonly Session: {
            /** @description When the session ends if it is not used again; null for a token. */
            readonly expiresAt: string | null;
            /**
             * @description By the cookie of a session, or by a token in the request itself.
             * @enum {unknown}
             */
            readonly via: "session" | "token";
        };
        /**
         * @example {
         *       "sink": "vespa",
         *       "position": 1,
         *       "pending": 3,
         *       "held": 0,
         *       "oldestAt": "2026-03-05T15:56:02.310Z",
         *       "lagMs": 18000,
         *       "error": {
         *         "code": "sink_unavailable",
         *         "origin": "sink",
         *         "message": "the sink answered 503"
         *       }
         *     }
         */
        readonly SinkLag: {
            /** @description Why the latest attempt failed for one that is on its way. */
            readonly error: {
                /** @enum {unknown} */
                readonly code: "invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal";
                readonly message: string;
                readonly origin: string;
                /** @description What the source called it. */
                readonly upstreamCode?: string;
            } | null;
            /** @description Results held back because the stream or their run was stopped. */
            readonly held: number;
            /** @description How long ago that was, milliseconds; 0: the sink has everything. */
            readonly lagMs: number;
            /** @description When the oldest of these was committed; null: the sink has everything. */
            readonly oldestAt: string | null;
            /** @description Results on their way to it. */
            readonly pending: number;
            /** @description Place of the sink in the `sinks` of the current version, from 0. */
            readonly position: number;
            /** @description Kind of sink. */
            readonly sink: string;
        };
        /**
         * @example {
         *       "sink": "vespa",
         *       "target": "weaver/earthquake",
         *       "documents": 128400,
         *       "documentsPerSecond": 2140.5,
         *       "rejected": 3,
         *       "window": 64,
         *       "inFlight": 51,
         *       "overloads": 12,
         *       "retries": 0,
         *       "latencyMs": {
         *         "p50": 4.2,
         *         "p90": 9.7,
         *         "p99": 31.5
         *       },
         *       "workers": [
         *         {
         *           "worker": "worker-1",
         *           "documents": 128400,
         *           "documentsPerSecond": 2140.5,
         *           "rejected": 3,
         *           "window": 64,
         *           "inFlight": 51,
         *           "overloads": 12,
         *           "retries": 0,
         *           "latencyMs": {
         *             "p50": 4.2,
         *             "p90": 9.7,
         *             "p99": 31.5
         *           }
         *         }
         *       ]
         *     }
         */
        readonly SinkState: {
            /** @description Documents that it took since the sink was opened, superseded ones among them. */
            readonly documents: number;
            /** @description Of the last ten seconds. */
            readonly documentsPerSecond: number;
            /** @description Where texts are embedded. */
            readonly embedding?: {
                /** @description Times that it asked to slow down (429). */
                readonly overloads: number;
                /** @description Requests to the endpoint that embeds texts. */
                readonly requests: number;
                /** @description Requests sent again for another reason. */
                readonly retries: number;
                /** @description Texts whose vector was there already. */
                readonly reused: number;
                /** @description Texts that it embedded. */
                readonly texts: number;
            };
            /** @description Operations under way. */
            readonly inFlight: number;
            /** @description Of the last 1,024 answers, milliseconds. Of several workers the slowest counts. */
            readonly latencyMs: {
                /** @description Half of the answers came within. */
                readonly p50: number;
                /** @description Nine of ten. */
                readonly p90: number;
                /** @description 99 of 100. */
                readonly p99: number;
            };
            /** @description Times that it said that it is too much (429). */
            readonly overloads: number;
            /** @description Documents that it refused for good. */
            readonly rejected: number;
            /** @description Operations sent again for another reason. */
            readonly retries: number;
            /**
             * @description Kind of the sink.
             * @example vespa
             */
            readonly sink: string;
            /**
             * @description Which one of its kind.
             * @example weaver/earthquake
             */
            readonly target: string;
            /** @description Operations that may be under way at once: what the sink was found to take. */
            readonly window: number;
            /** @description The same by worker. */
            readonly workers: readonly {
                /** @description Documents that it took since the sink was opened, superseded ones among them. */
                readonly documents: number;
                /** @description Of the last ten seconds. */
                readonly documentsPerSecond: number;
                /** @description Where texts are embedded. */
                readonly embedding?: {
                    /** @description Times that it asked to slow down (429). */
                    readonly overloads: number;
                    /** @description Requests to the endpoint that embeds texts. */
                    readonly requests: number;
                    /** @description Requests sent again for another reason. */
                    readonly retries: number;
                    /** @description Texts whose vector was there already. */
                    readonly reused: number;
                    /** @description Texts that it embedded. */
                    readonly texts: number;
                };
                /** @description Operations under way. */
                readonly inFlight: number;
                /** @description Of the last 1,024 answers, milliseconds. Of several workers the slowest counts. */
                readonly latencyMs: {
                    /** @description Half of the answers came within. */
                    readonly p50: number;
                    /** @description Nine of ten. */
                    readonly p90: number;
                    /** @description 99 of 100. */
                    readonly p99: number;
                };
                /** @description Times that it said that it is too much (429). */
                readonly overloads: number;
                /** @description Documents that it refused for good. */
                readonly rejected: number;
                /** @description Operations sent again for another reason. */
                readonly retries: number;
                /** @description Operations that may be under way at once: what the sink was found to take. */
                readonly window: number;
                /** @description Id of the worker. */
                readonly worker: string;
            }[];
        };
        /**
         * @example {
         *       "id": "0193a6f2-1c5e-7d2b-9d7a-5f1f0c8d2e11",
         *       "name": "madrid-air",
         *       "adapter": "iqair",
         *       "version": 1,
         *       "transformVersion": 1,
         *       "desired": "started",
         *       "config": {
         *         "resource": "nearest_city",
         *         "lat": 40.4,
         *         "lon": -3.7
         *       },
         *       "schedule": {
         *         "every": 300000
         *       },
         *       "timeout": 180000,
         *       "bucket": "results",
         *       "transform": {
         *         "fields": {
         *           "city": "city",
         *           "aqi": "current.pollution.aqius"
         *         }
         *       },
         *       "sinks": [
         *         {
         *           "type": "postgres"
         *         }
         *       ],
         *       "pool": "default",
         *       "retry": {
         *         "attempts": 3,
         *         "delay": 1000,
         *         "maxDelay": 60000
         *       },
         *       "overlap": "skip",
         *       "catchUp": null,
         *       "autoPause": null,
         *       "freshWithin": null,
         *       "retainFor": null,
         *       "budget": null,
         *       "secretNames": [
         *         "key"
         *       ],
         *       "cursor": null,
         *       "nextTickAt": "2026-03-05T16:01:20.000Z",
         *       "pausedBy": null,
         *       "probeAt": null,
         *       "failures": 0,
         *       "freshness": {
         *         "goodAt": "2026-03-05T15:56:20.310Z",
         *         "ageMs": 21000,
         *         "stale": false
         *       },
         *       "late": false,
         *       "canary": null,
         *       "createdAt": "2026-03-05T15:56:20.000Z",
         *       "updatedAt": "2026-03-05T15:56:20.000Z"
         *     }
         */
        readonly Stream: {
            readonly adapter: string;
            /** @description When failures pause the stream; null: never. */
            readonly autoPause: {
                /** @description Failed runs in a row after which the stream is paused. */
                readonly failures: number;
                /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                readonly probe: number;
            } | null;
            /**
             * @description Bucket of the object store for raw responses.
             * @default results
             */
            readonly bucket: string;
            /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
            readonly budget: {
                /**
                 * @description Requests under way at once, over all workers.
                 * @example 2
                 */
                readonly concurrency?: number;
                /**
                 * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                 * @example 3600000
                 */
                readonly maxWaitMs?: number;
                /**
                 * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                 * @example iqair-community
                 */
                readonly name?: string;
                /**
                 * @description All of them hold at once.
                 * @example [
                 *       {
                 *         "requests": 5,
                 *         "perMs": 60000
                 *       },
                 *       {
                 *         "requests": 500,
                 *         "perMs": 86400000
                 *       }
                 *     ]
                 */
                readonly policies?: readonly {
                    /**
                     * @description Length of the stretch, milliseconds.
                     * @example 60000
                     */
                    readonly perMs: number;
                    /**
                     * @description Requests allowed in any stretch of `perMs`.
                     * @example 5
                     */
                    readonly requests: number;
                }[];
            } | null;
            /** @description A version on trial. */
            readonly canary: {
                /** @enum {unknown} */
                readonly mode: "instead" | "beside";
                /** @description Good runs it still needs to become current. */
                readonly ticksLeft: number;
                /** @description The version on trial. */
                readonly version: number;
            } | null;
            /** @description Which missed ticks are run later; null: none. */
            readonly catchUp: {
                /**
                 * @description All of them, or only the latest.
                 * @enum {unknown}
                 */
                readonly runs: "all" | "latest";
                /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                readonly window: number;
            } | null;
            /** @description Configuration of the adapter, by its schema. */
            readonly config: {
                readonly [key: string]: unknown;
            };
            /** Format: date-time */
            readonly createdAt: string;
            /** @description The checkpoint that was committed last, null when there is none. */
            readonly cursor: unknown;
            /** @enum {unknown} */
            readonly desired: "started" | "paused" | "stopped";
            /** @description Failed runs in a row. */
            readonly failures: number;
            readonly freshness: {
                /** @description How long ago that was, milliseconds. */
                readonly ageMs: number | null;
                /** @description When the newest data that every sink has were fetched; null: never yet. */
                readonly goodAt: string | null;
                /** @description Older than `freshWithin`. */
                readonly stale: boolean;
            };
            /** @description Milliseconds after which the last good data count as stale; null: never. */
            readonly freshWithin: number | null;
            /** Format: uuid */
            readonly id: string;
            /** @description In lists that ask for `runs`: the newest runs, the newest first. */
            readonly lastRuns?: readonly {
                /**
                 * Format: date-time
                 * @description Nominal time, or when it was asked for.
                 */
                readonly at: string;
                /** @description Code of its error. */
                readonly code: string | null;
                /** Format: uuid */
                readonly id: string;
                /** @enum {unknown} */
                readonly state: "queued" | "running" | "waiting" | "stopping" | "delivering" | "succeeded" | "partial" | "failed" | "interrupted" | "timedOut" | "skipped" | "missed";
            }[];
            /** @description Started, and its data are older than `freshWithin`, or a tick waits longer than 5 s for a worker, or ticks are being missed. */
            readonly late: boolean;
            /**
             * @description Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.
             * @example madrid-air
             */
            readonly name: string;
            /** @description The next nominal time. */
            readonly nextTickAt: string | null;
            /**
             * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
             * @default skip
             * @enum {unknown}
             */
            readonly overlap: "skip" | "buffer" | "interruptRunning" | "allow";
            /** @description Who paused it; null when it is not paused. */
            readonly pausedBy: ("user" | "failures") | null;
            /**
             * @description Pool of workers that runs it.
             * @default default
             */
            readonly pool: string;
            /** @description When a run probes the source of a stream that failures paused. */
            readonly probeAt: string | null;
            /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
            readonly retainFor: number | null;
            /** @description What happens after a retryable error. */
            readonly retry: {
                /** @description Attempts of one run, the first included. */
                readonly attempts: number;
                /**
                 * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                 * @example [
                 *       "source_unavailable",
                 *       "source_timeout"
                 *     ]
                 */
                readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                readonly delay: number;
                /** @description Longest wait between attempts, milliseconds. */
                readonly maxDelay: number;
            };
            /**
             * @description When the stream runs.
             * @example {
             *       "every": 300000
             *     }
             */
            readonly schedule: {
                /**
                 * Format: date-time
                 * @description No tick after this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly endAt?: string;
                /**
                 * @description Milliseconds from one tick to the next, at least 100.
                 * @example 300000
                 */
                readonly every: number;
                /**
                 * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                 * @example 60000
                 */
                readonly jitter?: number;
                /**
                 * Format: date-time
                 * @description No tick before this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly startAt?: string;
            } | {
                /**
                 * @description Cron expression of 5 fields, or 6 with seconds first.
                 * @example *\/5 * * * *
                 */
                readonly cron: string;
                /**
                 * Format: date-time
                 * @description No tick after this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly endAt?: string;
                /**
                 * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                 * @example 60000
                 */
                readonly jitter?: number;
                /**
                 * Format: date-time
                 * @description No tick before this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly startAt?: string;
                /**
                 * @description IANA time zone, UTC by default.
                 * @example Europe/Madrid
                 */
                readonly timezone?: string;
            } | {
                /**
                 * Format: date-time
                 * @description Runs once, at this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly at: string;
            } | {
                /**
                 * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                 * @constant
                 */
                readonly continuous: true;
            } | {
                /**
                 * @description Runs only when triggered.
                 * @constant
                 */
                readonly manual: true;
            };
            /** @description Names of the secrets that are set. Values never come back. */
            readonly secretNames: readonly string[];
            /**
             * @description Where documents go.
             * @default [
             *       {
             *         "type": "postgres"
             *       }
             *     ]
             */
            readonly sinks: readonly ({
                /**
                 * @description Kind of sink.
                 * @example postgres
                 */
                readonly type: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
            readonly timeout: number;
            /** @description Mapping from record to document; null: the record as it is. */
            readonly transform: {
                /** @description Document fields by name. */
                readonly fields: {
                    readonly [key: string]: string | {
                        /**
                         * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                         * @enum {unknown}
                         */
                        readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                        /** @description Value when the path leads nowhere or to null. */
                        readonly default?: unknown;
                        /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                        readonly path: string;
                        /** @description A record without it becomes a dead letter. */
                        readonly required?: boolean;
                    } | {
                        /** @description Always this value. */
                        readonly constant: unknown;
                    } | {
                        /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                        readonly template: string;
                    };
                };
            } | null;
            /** @description Version of what makes documents of pages; grows when the transform or the configuration of the adapter changes. */
            readonly transformVersion: number;
            /** Format: date-time */
            readonly updatedAt: string;
            /** @description Version of the configuration; each change makes a new one. */
            readonly version: number;
        };
        /**
         * @example {
         *       "version": 1,
         *       "transformVersion": 1,
         *       "config": {
         *         "resource": "nearest_city",
         *         "lat": 40.4,
         *         "lon": -3.7
         *       },
         *       "schedule": {
         *         "every": 300000
         *       },
         *       "timeout": 180000,
         *       "bucket": "results",
         *       "transform": {
         *         "fields": {
         *           "city": "city",
         *           "aqi": "current.pollution.aqius"
         *         }
         *       },
         *       "sinks": [
         *         {
         *           "type": "postgres"
         *         }
         *       ],
         *       "pool": "default",
         *       "retry": {
         *         "attempts": 3,
         *         "delay": 1000,
         *         "maxDelay": 60000
         *       },
         *       "overlap": "skip",
         *       "catchUp": null,
         *       "autoPause": null,
         *       "freshWithin": null,
         *       "retainFor": null,
         *       "budget": null,
         *       "createdAt": "2026-03-05T15:56:20.000Z"
         *     }
         */
        readonly StreamVersion: {
            /** @description When failures pause the stream; null: never. */
            readonly autoPause: {
                /** @description Failed runs in a row after which the stream is paused. */
                readonly failures: number;
                /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                readonly probe: number;
            } | null;
            /**
             * @description Bucket of the object store for raw responses.
             * @default results
             */
            readonly bucket: string;
            /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
            readonly budget: {
                /**
                 * @description Requests under way at once, over all workers.
                 * @example 2
                 */
                readonly concurrency?: number;
                /**
                 * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                 * @example 3600000
                 */
                readonly maxWaitMs?: number;
                /**
                 * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                 * @example iqair-community
                 */
                readonly name?: string;
                /**
                 * @description All of them hold at once.
                 * @example [
                 *       {
                 *         "requests": 5,
                 *         "perMs": 60000
                 *       },
                 *       {
                 *         "requests": 500,
                 *         "perMs": 86400000
                 *       }
                 *     ]
                 */
                readonly policies?: readonly {
                    /**
                     * @description Length of the stretch, milliseconds.
                     * @example 60000
                     */
                    readonly perMs: number;
                    /**
                     * @description Requests allowed in any stretch of `perMs`.
                     * @example 5
                     */
                    readonly requests: number;
                }[];
            } | null;
            /** @description Which missed ticks are run later; null: none. */
            readonly catchUp: {
                /**
                 * @description All of them, or only the latest.
                 * @enum {unknown}
                 */
                readonly runs: "all" | "latest";
                /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                readonly window: number;
            } | null;
            /** @description Configuration of the adapter, by its schema. */
            readonly config: {
                readonly [key: string]: unknown;
            };
            /** Format: date-time */
            readonly createdAt: string;
            /** @description Milliseconds after which the last good data count as stale; null: never. */
            readonly freshWithin: number | null;
            /**
             * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
             * @default skip
             * @enum {unknown}
             */
            readonly overlap: "skip" | "buffer" | "interruptRunning" | "allow";
            /**
             * @description Pool of workers that runs it.
             * @default default
             */
            readonly pool: string;
            /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
            readonly retainFor: number | null;
            /** @description What happens after a retryable error. */
            readonly retry: {
                /** @description Attempts of one run, the first included. */
                readonly attempts: number;
                /**
                 * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                 * @example [
                 *       "source_unavailable",
                 *       "source_timeout"
                 *     ]
                 */
                readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                readonly delay: number;
                /** @description Longest wait between attempts, milliseconds. */
                readonly maxDelay: number;
            };
            /**
             * @description When the stream runs.
             * @example {
             *       "every": 300000
             *     }
             */
            readonly schedule: {
                /**
                 * Format: date-time
                 * @description No tick after this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly endAt?: string;
                /**
                 * @description Milliseconds from one tick to the next, at least 100.
                 * @example 300000
                 */
                readonly every: number;
                /**
                 * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                 * @example 60000
                 */
                readonly jitter?: number;
                /**
                 * Format: date-time
                 * @description No tick before this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly startAt?: string;
            } | {
                /**
                 * @description Cron expression of 5 fields, or 6 with seconds first.
                 * @example *\/5 * * * *
                 */
                readonly cron: string;
                /**
                 * Format: date-time
                 * @description No tick after this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly endAt?: string;
                /**
                 * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                 * @example 60000
                 */
                readonly jitter?: number;
                /**
                 * Format: date-time
                 * @description No tick before this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly startAt?: string;
                /**
                 * @description IANA time zone, UTC by default.
                 * @example Europe/Madrid
                 */
                readonly timezone?: string;
            } | {
                /**
                 * Format: date-time
                 * @description Runs once, at this time.
                 * @example 2027-01-31T08:00:00Z
                 */
                readonly at: string;
            } | {
                /**
                 * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                 * @constant
                 */
                readonly continuous: true;
            } | {
                /**
                 * @description Runs only when triggered.
                 * @constant
                 */
                readonly manual: true;
            };
            /**
             * @description Where documents go.
             * @default [
             *       {
             *         "type": "postgres"
             *       }
             *     ]
             */
            readonly sinks: readonly ({
                /**
                 * @description Kind of sink.
                 * @example postgres
                 */
                readonly type: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
            readonly timeout: number;
            /** @description Mapping from record to document; null: the record as it is. */
            readonly transform: {
                /** @description Document fields by name. */
                readonly fields: {
                    readonly [key: string]: string | {
                        /**
                         * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                         * @enum {unknown}
                         */
                        readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                        /** @description Value when the path leads nowhere or to null. */
                        readonly default?: unknown;
                        /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                        readonly path: string;
                        /** @description A record without it becomes a dead letter. */
                        readonly required?: boolean;
                    } | {
                        /** @description Always this value. */
                        readonly constant: unknown;
                    } | {
                        /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                        readonly template: string;
                    };
                };
            } | null;
            readonly transformVersion: number;
            readonly version: number;
        };
        /**
         * @example {
         *       "tick": "2026-03-05T15:56:20.000Z",
         *       "until": "2026-03-05T15:56:20.000Z",
         *       "ticks": 1,
         *       "outcome": "ran",
         *       "reason": null,
         *       "latenessMs": 12,
         *       "trigger": "schedule",
         *       "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
         *       "state": "succeeded"
         *     }
         */
        readonly Tick: {
            /** @description From the nominal time to the start of the run. */
            readonly latenessMs: number | null;
            /** @enum {unknown} */
            readonly outcome: "ran" | "inProgress" | "skipped" | "missed";
            /** @description Why it was skipped or missed. */
            readonly reason: ("overlap" | "bufferFull" | "superseded" | "paused" | "budget" | "noWorker" | "notInTime" | "outage" | "stopped" | "scheduleChanged") | null;
            /** Format: uuid */
            readonly runId: string;
            /**
             * @description Of the run.
             * @enum {unknown}
             */
            readonly state: "queued" | "running" | "waiting" | "stopping" | "delivering" | "succeeded" | "partial" | "failed" | "interrupted" | "timedOut" | "skipped" | "missed";
            /**
             * Format: date-time
             * @description Nominal time; the first of a stretch.
             */
            readonly tick: string;
            /** @description Nominal times this entry stands for. */
            readonly ticks: number;
            /**
             * @description catchUp: it was missed or skipped first, and run later.
             * @enum {unknown}
             */
            readonly trigger: "schedule" | "manual" | "catchUp" | "probe" | "canary" | "push" | "backfill";
            /**
             * Format: date-time
             * @description The last nominal time of the stretch.
             */
            readonly until: string;
        };
        /**
         * @example {
         *       "ticks": 24,
         *       "already": 0,
         *       "more": false,
         *       "first": "2026-03-05T12:00:00.000Z",
         *       "last": "2026-03-05T13:55:00.000Z",
         *       "operation": "019cbea1-7f00-7c11-8a8e-2b6f1d1c9a10"
         *     }
         */
        readonly TickRuns: {
            /** @description Ticks of those named that have a run already. */
            readonly already: number;
            /** @description The first of the ticks to run. */
            readonly first: string | null;
            /** @description The last of them. */
            readonly last: string | null;
            /** @description The window has more: one call runs 1000, the oldest first. Ask again for the rest. */
            readonly more: boolean;
            /** @description The operation that tells how far they are; null where nothing is queued. */
            readonly operation: string | null;
            /** @description Ticks that are queued to be run, or would be. */
            readonly ticks: number;
        };
        /**
         * @example {
         *       "from": 1,
         *       "to": 2,
         *       "changes": [
         *         {
         *           "path": "schedule.every",
         *           "before": 300000,
         *           "after": 600000
         *         }
         *       ]
         *     }
         */
        readonly VersionDiff: {
            readonly changes: readonly {
                readonly after: unknown;
                readonly before: unknown;
                /** @description Dotted path; a field that only one of them has is null in the other. */
                readonly path: string;
            }[];
            readonly from: number;
            readonly to: number;
        };
        /**
         * @example {
         *       "documentType": "madrid_air",
         *       "schema": "schema madrid_air {\n\n    document madrid_air inherits weaver {\n\n        field aqi type long {\n            indexing: summary | attribute\n        }\n    }\n}\n",
         *       "service": "<document type=\"madrid_air\" mode=\"index\"/>",
         *       "sink": {
         *         "type": "vespa",
         *         "documentType": "madrid_air",
         *         "fields": {
         *           "aqi": {
         *             "from": "aqi",
         *             "type": "long"
         *           }
         *         }
         *       },
         *       "notes": [],
         *       "results": 20,
         *       "documents": 20
         *     }
         */
        readonly VespaSchemaProposal: {
            /** @description Documents of theirs. */
            readonly documents: number;
            /** @example madrid_air */
            readonly documentType: string;
            /** @description What was left out, and why. */
            readonly notes: readonly string[];
            /** @description Stored results that were read. */
            readonly results: number;
            /** @description The schema, for `schemas/<documentType>.sd` of the application package. */
            readonly schema: string;
            /** @description A line for the documents of `services.xml`. */
            readonly service: string;
            /** @description The entry for the sinks of the stream. */
            readonly sink: {
                readonly [key: string]: unknown;
            };
        };
        /**
         * @example {
         *       "id": "host-4711-8c1f",
         *       "host": "host",
         *       "pid": 4711,
         *       "version": "0.1.0",
         *       "pools": [
         *         "default"
         *       ],
         *       "slots": 32,
         *       "running": 1,
         *       "clockDifferenceMs": 3,
         *       "memoryBytes": 143654912,
         *       "state": "up",
         *       "startedAt": "2026-03-05T15:56:20.000Z",
         *       "heartbeatAt": "2026-03-05T15:58:00.000Z"
         *     }
         */
        readonly Worker: {
            /** @description Its clock minus the database’s, milliseconds. */
            readonly clockDifferenceMs: number;
            /** Format: date-time */
            readonly heartbeatAt: string;
            readonly host: string;
            readonly id: string;
            /** @description Resident memory. */
            readonly memoryBytes: number;
            readonly pid: number;
            readonly pools: readonly string[];
            /** @description Runs it holds a lease on. */
            readonly running: number;
            /** @description Runs it executes at once. */
            readonly slots: number;
            /** Format: date-time */
            readonly startedAt: string;
            /** @enum {unknown} */
            readonly state: "up" | "draining" | "lost";
            readonly version: string;
        };
        /**
         * @example {
         *       "worker": "host-4711-8c1f",
         *       "host": "host",
         *       "pools": [
         *         "default"
         *       ],
         *       "timestamp": "1772726100"
         *     }
         */
        readonly WorkerAvailableEvent: {
            readonly host: string;
            readonly pools: readonly string[];
            readonly timestamp: string;
            readonly worker: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly live: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @constant */
                        readonly status: "live";
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly ready: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All parts can be reached. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly parts: {
                            readonly documents: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                            readonly ledger: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                            readonly queue: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                            readonly store: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                        };
                        /** @enum {unknown} */
                        readonly status: "ready" | "unavailable";
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A part cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly parts: {
                            readonly documents: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                            readonly ledger: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                            readonly queue: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                            readonly store: {
                                /**
                                 * @description What is wrong.
                                 * @example ledger_unavailable
                                 */
                                readonly code?: string;
                                /** @enum {unknown} */
                                readonly status: "up" | "down";
                            };
                        };
                        /** @enum {unknown} */
                        readonly status: "ready" | "unavailable";
                    };
                };
            };
        };
    };
    readonly metrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Metrics. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listAdapters: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of adapters. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Adapter"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getAdapter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id of the adapter.
                 * @example iqair
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The adapter. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Adapter"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listAudits: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of audits. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Audit"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly beginAudit: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "repair": true
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Only this document type of Vespa.
                     * @example earthquake
                     */
                    readonly documentType?: string;
                    /** @description Delivers again what is missing, stale or altered. */
                    readonly repair?: boolean;
                    /**
                     * Format: date-time
                     * @description Only results that were committed from then on are read again. What Vespa has is looked at as a whole in any case.
                     */
                    readonly since?: string;
                };
            };
        };
        readonly responses: {
            /** @description Written down. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Audit"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getAudit: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the audit. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The audit. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Audit"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listBudgets: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of budgets. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Budget"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getBudget: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Name of the budget; or its key, percent-encoded, when it has none.
                 * @example iqair-community
                 */
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The budget as it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Budget"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly configureBudget: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Letters, digits, `_` and `-`, 1-63 characters.
                 * @example iqair-community
                 */
                readonly name: string;
            };
            readonly cookie?: never;
        };
        /** @description Limits of a named budget. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "policies": [
                 *         {
                 *           "requests": 5,
                 *           "perMs": 60000
                 *         },
                 *         {
                 *           "requests": 500,
                 *           "perMs": 86400000
                 *         }
                 *       ],
                 *       "concurrency": 2
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Requests under way at once, over all workers.
                     * @example 2
                     */
                    readonly concurrency?: number;
                    /**
                     * @description All of them hold at once.
                     * @example [
                     *       {
                     *         "requests": 5,
                     *         "perMs": 60000
                     *       },
                     *       {
                     *         "requests": 500,
                     *         "perMs": 86400000
                     *       }
                     *     ]
                     */
                    readonly policies?: readonly {
                        /**
                         * @description Length of the stretch, milliseconds.
                         * @example 60000
                         */
                        readonly perMs: number;
                        /**
                         * @description Requests allowed in any stretch of `perMs`.
                         * @example 5
                         */
                        readonly requests: number;
                    }[];
                };
            };
        };
        readonly responses: {
            /** @description The budget as it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Budget"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly forgetBudget: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Name of the budget; or its key, percent-encoded, when it has none.
                 * @example iqair-community
                 */
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Forgotten. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly checkUnsavedStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "madrid-air",
                 *       "adapter": "iqair",
                 *       "config": {
                 *         "resource": "nearest_city",
                 *         "lat": 40.4,
                 *         "lon": -3.7
                 *       },
                 *       "secrets": {
                 *         "key": "…"
                 *       },
                 *       "schedule": {
                 *         "every": 300000
                 *       },
                 *       "timeout": 180000,
                 *       "bucket": "results",
                 *       "transform": {
                 *         "fields": {
                 *           "city": "city",
                 *           "aqi": "current.pollution.aqius"
                 *         }
                 *       },
                 *       "sinks": [
                 *         {
                 *           "type": "postgres"
                 *         }
                 *       ],
                 *       "pool": "default"
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Id of the adapter.
                     * @example iqair
                     */
                    readonly adapter: string;
                    /** @description When failures pause the stream; null: never. */
                    readonly autoPause?: {
                        /** @description Failed runs in a row after which the stream is paused. */
                        readonly failures: number;
                        /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                        readonly probe: number;
                    } | null;
                    /**
                     * @description Bucket of the object store for raw responses.
                     * @default results
                     */
                    readonly bucket?: string;
                    /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
                    readonly budget?: {
                        /**
                         * @description Requests under way at once, over all workers.
                         * @example 2
                         */
                        readonly concurrency?: number;
                        /**
                         * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                         * @example 3600000
                         */
                        readonly maxWaitMs?: number;
                        /**
                         * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                         * @example iqair-community
                         */
                        readonly name?: string;
                        /**
                         * @description All of them hold at once.
                         * @example [
                         *       {
                         *         "requests": 5,
                         *         "perMs": 60000
                         *       },
                         *       {
                         *         "requests": 500,
                         *         "perMs": 86400000
                         *       }
                         *     ]
                         */
                        readonly policies?: readonly {
                            /**
                             * @description Length of the stretch, milliseconds.
                             * @example 60000
                             */
                            readonly perMs: number;
                            /**
                             * @description Requests allowed in any stretch of `perMs`.
                             * @example 5
                             */
                            readonly requests: number;
                        }[];
                    } | null;
                    /** @description Which missed ticks are run later; null: none. */
                    readonly catchUp?: {
                        /**
                         * @description All of them, or only the latest.
                         * @enum {unknown}
                         */
                        readonly runs: "all" | "latest";
                        /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                        readonly window: number;
                    } | null;
                    /** @description Configuration of the adapter, by its schema. */
                    readonly config: {
                        readonly [key: string]: unknown;
                    };
                    /** @description Milliseconds after which the last good data count as stale; null: never. */
                    readonly freshWithin?: number | null;
                    /**
                     * @description Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.
                     * @example madrid-air
                     */
                    readonly name: string;
                    /**
                     * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
                     * @default skip
                     * @enum {unknown}
                     */
                    readonly overlap?: "skip" | "buffer" | "interruptRunning" | "allow";
                    /**
                     * @description Pool of workers that runs it.
                     * @default default
                     */
                    readonly pool?: string;
                    /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
                    readonly retainFor?: number | null;
                    /** @description What happens after a retryable error. */
                    readonly retry?: {
                        /** @description Attempts of one run, the first included. */
                        readonly attempts: number;
                        /**
                         * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                         * @example [
                         *       "source_unavailable",
                         *       "source_timeout"
                         *     ]
                         */
                        readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                        /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                        readonly delay: number;
                        /** @description Longest wait between attempts, milliseconds. */
                        readonly maxDelay: number;
                    };
                    /**
                     * @description When the stream runs.
                     * @example {
                     *       "every": 300000
                     *     }
                     */
                    readonly schedule: {
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds from one tick to the next, at least 100.
                         * @example 300000
                         */
                        readonly every: number;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                    } | {
                        /**
                         * @description Cron expression of 5 fields, or 6 with seconds first.
                         * @example *\/5 * * * *
                         */
                        readonly cron: string;
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                        /**
                         * @description IANA time zone, UTC by default.
                         * @example Europe/Madrid
                         */
                        readonly timezone?: string;
                    } | {
                        /**
                         * Format: date-time
                         * @description Runs once, at this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly at: string;
                    } | {
                        /**
                         * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                         * @constant
                         */
                        readonly continuous: true;
                    } | {
                        /**
                         * @description Runs only when triggered.
                         * @constant
                         */
                        readonly manual: true;
                    };
                    /** @description Secrets by name (letters, digits and `_`, beginning with a letter). They are sealed and never come back. */
                    readonly secrets?: {
                        readonly [key: string]: string;
                    };
                    /**
                     * @description Where documents go.
                     * @default [
                     *       {
                     *         "type": "postgres"
                     *       }
                     *     ]
                     */
                    readonly sinks?: readonly ({
                        /**
                         * @description Kind of sink.
                         * @example postgres
                         */
                        readonly type: string;
                    } & {
                        readonly [key: string]: unknown;
                    })[];
                    /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
                    readonly timeout?: number;
                    /** @description Mapping from record to document; null: the record as it is. */
                    readonly transform?: {
                        /** @description Document fields by name. */
                        readonly fields: {
                            readonly [key: string]: string | {
                                /**
                                 * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                                 * @enum {unknown}
                                 */
                                readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                                /** @description Value when the path leads nowhere or to null. */
                                readonly default?: unknown;
                                /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                                readonly path: string;
                                /** @description A record without it becomes a dead letter. */
                                readonly required?: boolean;
                            } | {
                                /** @description Always this value. */
                                readonly constant: unknown;
                            } | {
                                /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                                readonly template: string;
                            };
                        };
                    } | null;
                };
            };
        };
        readonly responses: {
            /** @description What the source answered and what becomes of it. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CheckAnswer"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_adapter`: There is no such adapter. `unknown_sink`: There is no such sink. `invalid_config`: The configuration is not valid. `invalid_schedule`: The schedule is not valid. `invalid_transform`: The transform is not valid. `missing_secret`: A secret is missing. `egress_refused`: The address may not be reached. `not_polled`: The stream fetches nothing: its source sends. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: The source asks to slow down. `quota_exhausted`: The quota at the source is used up. */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `auth_failed`: The source refused the credentials. `source_not_found`: The source has no such thing. `source_rejected`: The source refused the request. `source_unavailable`: The source failed. `source_unreachable`: The source cannot be reached. `source_tls`: The certificate of the source is not trusted. `source_malformed`: The answer of the source cannot be read. `source_truncated`: The answer of the source ended too early. `source_too_large`: The answer of the source is too large. `source_loop`: The source leads in a circle. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `source_timeout`: The source did not answer in time. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listDeadLetters: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Code of the error. */
                readonly code?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Type of the sink. */
                readonly sink?: string;
                /** @description open: refused, and nothing was done about it. Default: open. */
                readonly state?: "open" | "resolved";
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly stream?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of dead letters. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["DeadLetter"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly discardDeadLetters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description Either `ids` or `filter`. Only open dead letters are concerned. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "stream": "madrid-air",
                 *         "code": "transform_failed"
                 *       }
                 *     }
                 */
                readonly "application/json": {
                    /** @description Only count what it would do. */
                    readonly dryRun?: boolean;
                    /** @description Which open dead letters; all conditions together, {} for all. */
                    readonly filter?: {
                        /** @description Code of the error. */
                        readonly code?: string;
                        /** @description Type of the sink. */
                        readonly sink?: string;
                        /** @description Id or name of the stream. */
                        readonly stream?: string;
                    };
                    /** @description Ids of dead letters. */
                    readonly ids?: readonly string[];
                };
            };
        };
        readonly responses: {
            /** @description What it would touch (`dryRun`). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RedeliveryPreview"];
                };
            };
            /** @description Written down. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listDeadLetterGroups: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Code of the error. */
                readonly code?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Type of the sink. */
                readonly sink?: string;
                /** @description open: refused, and nothing was done about it. Default: open. */
                readonly state?: "open" | "resolved";
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly stream?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of causes. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["DeadLetterGroup"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly redriveDeadLetters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description Either `ids` or `filter`. Only open dead letters are concerned. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "stream": "madrid-air",
                 *         "code": "transform_failed"
                 *       }
                 *     }
                 */
                readonly "application/json": {
                    /** @description Only count what it would do. */
                    readonly dryRun?: boolean;
                    /** @description Which open dead letters; all conditions together, {} for all. */
                    readonly filter?: {
                        /** @description Code of the error. */
                        readonly code?: string;
                        /** @description Type of the sink. */
                        readonly sink?: string;
                        /** @description Id or name of the stream. */
                        readonly stream?: string;
                    };
                    /** @description Ids of dead letters. */
                    readonly ids?: readonly string[];
                };
            };
        };
        readonly responses: {
            /** @description What it would touch (`dryRun`). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RedeliveryPreview"];
                };
            };
            /** @description Written down. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly searchDocuments: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Only documents that changed then or later. */
                readonly from?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /**
                 * @description What to search for.
                 * @example alaska -quarry
                 */
                readonly q?: string;
                /** @description Only documents that this result wrote last. */
                readonly result?: string;
                /** @description Which sink of the stream is searched. Default: postgres where the stream has it, else the one it has. */
                readonly sink?: "postgres" | "vespa";
                /**
                 * @description Only documents of this stream, by id or name.
                 * @example earthquakes
                 */
                readonly stream?: string;
                /** @description Only documents that changed then or earlier. */
                readonly until?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of documents. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Document"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. `sink_unavailable`: The sink cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getDocument: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id of the document, percent-encoded.
                 * @example earthquakes:ci38457511
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The document. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Document"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. `sink_unavailable`: The sink cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly streamEvents: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description Resume behind this event id; `Last-Event-ID` comes first.
                 * @example 74315-1042
                 */
                readonly after?: string;
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly stream?: string;
            };
            readonly header?: {
                /**
                 * @description Resume behind this event id. Browsers send it by themselves.
                 * @example 74315-1042
                 */
                readonly "last-event-id"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events, until the client or the server hangs up. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly ingest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "items": [
                 *         {
                 *           "id": "sensor-7",
                 *           "pm25": 12.5
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/json": unknown;
                readonly "application/octet-stream": unknown;
                /**
                 * @example {"id":"sensor-7","pm25":12.5}
                 *     {"id":"sensor-8","pm25":9}
                 */
                readonly "application/x-ndjson": unknown;
            };
        };
        readonly responses: {
            /** @description Stored and committed. `Idempotency-Replayed: true` when it was before. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "resultId": "0193a6f2-8e5c-7d2b-9d7a-5f1f0c8d2e11",
                     *       "runId": "0193a6f2-8e0a-7c7e-8a35-0d9d4a1f5b6e",
                     *       "seq": 1042
                     *     }
                     */
                    readonly "application/json": {
                        /**
                         * Format: uuid
                         * @description The result that the body became.
                         */
                        readonly resultId: string;
                        /**
                         * Format: uuid
                         * @description The run that carries it to the sinks.
                         */
                        readonly runId: string;
                        /** @description Number of the result; documents carry it. */
                        readonly seq: number;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. `signature_invalid`: The signature of the request is not valid. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_paused`: The stream is paused. `too_many_attempts`: Too many wrong tokens were sent. `backlog_full`: Too much waits to be delivered. */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. `store_refused`: The object store refused the operation. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. `overloaded`: The process has all in hand that it can. `store_unavailable`: The object store cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store_full`: The object store is full. */
            readonly 507: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly followDocuments: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description Resume behind this id; `Last-Event-ID` comes first. `0-0` for all there is.
                 * @example 74315-3
                 */
                readonly after?: string;
                /** @description Only documents of this stream, by id or name; up to 100 times. */
                readonly stream?: readonly string[] | string;
            };
            readonly header?: {
                /**
                 * @description Resume behind this id. Browsers send it by themselves.
                 * @example 74315-3
                 */
                readonly "last-event-id"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Documents, until the client or the server hangs up. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The token does not allow this. */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. `sink_unavailable`: The sink cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listOperations: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Only those that are not over. */
                readonly open?: boolean;
                /** @description Only those that name this stream, by its id or name. */
                readonly stream?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of operations. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Operation"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getOperation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the operation. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The operation. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getOverview: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The counts. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getResult: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the result. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The result with its deliveries. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Result"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getResultBody: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `1`: from the store itself, when it can be.
                 * @example 1
                 */
                readonly redirect?: "0" | "1";
            };
            readonly header?: {
                /** @description The ETag of what is known already. */
                readonly "if-none-match"?: string;
            };
            readonly path: {
                /** @description Id of the result. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The bytes. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "*/*": string;
                };
            };
            /** @description The address at the object store is in `Location`. */
            readonly 302: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is known already is right: bytes never change. */
            readonly 304: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. `object_missing`: The stored object is missing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `object_expired`: The stored object was deleted when its time was over. */
            readonly 410: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. `object_corrupt`: The stored object is not what was stored. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. `store_unavailable`: The object store cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listAllRuns: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Only runs in these states; may be repeated. */
                readonly state?: readonly ("queued" | "running" | "waiting" | "stopping" | "delivering" | "succeeded" | "partial" | "failed" | "interrupted" | "timedOut" | "skipped" | "missed")[];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of runs. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Run"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The run. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Run"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly interruptRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Complete. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description In force, but not acknowledged by all yet. Ask for the operation again. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getRunLog: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of lines. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["RunLogLine"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly releaseRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The run. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Run"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listResultsOfRun: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of results. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Result"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly retryRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The queued run. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Run"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. `run_in_progress`: A run of the stream is in progress. `not_retryable`: The run cannot be retried. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_polled`: The stream fetches nothing: its source sends. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getSession: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Signed in. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly signIn: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "token": "a-long-random-text"
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description The admin token.
                     * @example a long random text
                     */
                    readonly token: string;
                };
            };
        };
        readonly responses: {
            /** @description Signed in. */
            readonly 200: {
                headers: {
                    /** @description The session: HttpOnly, SameSite=Strict. */
                    readonly "Set-Cookie"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The token does not allow this. */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_attempts`: Too many wrong tokens were sent. */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly signOut: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Signed out. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The token does not allow this. */
            readonly 403: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listSinks: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of sinks. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["SinkState"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listStreams: {
        readonly parameters: {
            readonly query?: {
                readonly adapter?: string;
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description late: started and behind. failing: its last run failed. waiting: a run of it waits for a rate budget. */
                readonly condition?: "late" | "failing" | "waiting";
                readonly desired?: "started" | "paused" | "stopped";
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description name. nextTick: the soonest first. goodData: the oldest good data first. changed: what nobody changed for the longest time first. With `-` the other way round. */
                readonly order?: "name" | "-name" | "nextTick" | "-nextTick" | "goodData" | "-goodData" | "changed" | "-changed";
                readonly pool?: string;
                /** @description Part of the name, in any case. */
                readonly q?: string;
                /** @description So many of its newest runs come with each stream, as `lastRuns`. */
                readonly runs?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of streams. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Stream"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly createStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "madrid-air",
                 *       "adapter": "iqair",
                 *       "config": {
                 *         "resource": "nearest_city",
                 *         "lat": 40.4,
                 *         "lon": -3.7
                 *       },
                 *       "secrets": {
                 *         "key": "…"
                 *       },
                 *       "schedule": {
                 *         "every": 300000
                 *       },
                 *       "timeout": 180000,
                 *       "bucket": "results",
                 *       "transform": {
                 *         "fields": {
                 *           "city": "city",
                 *           "aqi": "current.pollution.aqius"
                 *         }
                 *       },
                 *       "sinks": [
                 *         {
                 *           "type": "postgres"
                 *         }
                 *       ],
                 *       "pool": "default"
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Id of the adapter.
                     * @example iqair
                     */
                    readonly adapter: string;
                    /** @description When failures pause the stream; null: never. */
                    readonly autoPause?: {
                        /** @description Failed runs in a row after which the stream is paused. */
                        readonly failures: number;
                        /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                        readonly probe: number;
                    } | null;
                    /**
                     * @description Bucket of the object store for raw responses.
                     * @default results
                     */
                    readonly bucket?: string;
                    /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
                    readonly budget?: {
                        /**
                         * @description Requests under way at once, over all workers.
                         * @example 2
                         */
                        readonly concurrency?: number;
                        /**
                         * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                         * @example 3600000
                         */
                        readonly maxWaitMs?: number;
                        /**
                         * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                         * @example iqair-community
                         */
                        readonly name?: string;
                        /**
                         * @description All of them hold at once.
                         * @example [
                         *       {
                         *         "requests": 5,
                         *         "perMs": 60000
                         *       },
                         *       {
                         *         "requests": 500,
                         *         "perMs": 86400000
                         *       }
                         *     ]
                         */
                        readonly policies?: readonly {
                            /**
                             * @description Length of the stretch, milliseconds.
                             * @example 60000
                             */
                            readonly perMs: number;
                            /**
                             * @description Requests allowed in any stretch of `perMs`.
                             * @example 5
                             */
                            readonly requests: number;
                        }[];
                    } | null;
                    /** @description Which missed ticks are run later; null: none. */
                    readonly catchUp?: {
                        /**
                         * @description All of them, or only the latest.
                         * @enum {unknown}
                         */
                        readonly runs: "all" | "latest";
                        /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                        readonly window: number;
                    } | null;
                    /** @description Configuration of the adapter, by its schema. */
                    readonly config: {
                        readonly [key: string]: unknown;
                    };
                    /** @description Milliseconds after which the last good data count as stale; null: never. */
                    readonly freshWithin?: number | null;
                    /**
                     * @description Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.
                     * @example madrid-air
                     */
                    readonly name: string;
                    /**
                     * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
                     * @default skip
                     * @enum {unknown}
                     */
                    readonly overlap?: "skip" | "buffer" | "interruptRunning" | "allow";
                    /**
                     * @description Pool of workers that runs it.
                     * @default default
                     */
                    readonly pool?: string;
                    /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
                    readonly retainFor?: number | null;
                    /** @description What happens after a retryable error. */
                    readonly retry?: {
                        /** @description Attempts of one run, the first included. */
                        readonly attempts: number;
                        /**
                         * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                         * @example [
                         *       "source_unavailable",
                         *       "source_timeout"
                         *     ]
                         */
                        readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                        /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                        readonly delay: number;
                        /** @description Longest wait between attempts, milliseconds. */
                        readonly maxDelay: number;
                    };
                    /**
                     * @description When the stream runs.
                     * @example {
                     *       "every": 300000
                     *     }
                     */
                    readonly schedule: {
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds from one tick to the next, at least 100.
                         * @example 300000
                         */
                        readonly every: number;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                    } | {
                        /**
                         * @description Cron expression of 5 fields, or 6 with seconds first.
                         * @example *\/5 * * * *
                         */
                        readonly cron: string;
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                        /**
                         * @description IANA time zone, UTC by default.
                         * @example Europe/Madrid
                         */
                        readonly timezone?: string;
                    } | {
                        /**
                         * Format: date-time
                         * @description Runs once, at this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly at: string;
                    } | {
                        /**
                         * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                         * @constant
                         */
                        readonly continuous: true;
                    } | {
                        /**
                         * @description Runs only when triggered.
                         * @constant
                         */
                        readonly manual: true;
                    };
                    /** @description Secrets by name (letters, digits and `_`, beginning with a letter). They are sealed and never come back. */
                    readonly secrets?: {
                        readonly [key: string]: string;
                    };
                    /**
                     * @description Where documents go.
                     * @default [
                     *       {
                     *         "type": "postgres"
                     *       }
                     *     ]
                     */
                    readonly sinks?: readonly ({
                        /**
                         * @description Kind of sink.
                         * @example postgres
                         */
                        readonly type: string;
                    } & {
                        readonly [key: string]: unknown;
                    })[];
                    /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
                    readonly timeout?: number;
                    /** @description Mapping from record to document; null: the record as it is. */
                    readonly transform?: {
                        /** @description Document fields by name. */
                        readonly fields: {
                            readonly [key: string]: string | {
                                /**
                                 * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                                 * @enum {unknown}
                                 */
                                readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                                /** @description Value when the path leads nowhere or to null. */
                                readonly default?: unknown;
                                /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                                readonly path: string;
                                /** @description A record without it becomes a dead letter. */
                                readonly required?: boolean;
                            } | {
                                /** @description Always this value. */
                                readonly constant: unknown;
                            } | {
                                /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                                readonly template: string;
                            };
                        };
                    } | null;
                };
            };
        };
        readonly responses: {
            /** @description The stream, without its secrets. */
            readonly 201: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `name_taken`: The name is taken. `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_adapter`: There is no such adapter. `unknown_sink`: There is no such sink. `invalid_config`: The configuration is not valid. `invalid_schedule`: The schedule is not valid. `invalid_transform`: The transform is not valid. `missing_secret`: A secret is missing. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream, without its secrets. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly deleteStream: {
        readonly parameters: {
            readonly query?: {
                /** @description Results, bodies and documents go as well. */
                readonly purge?: boolean;
            };
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Deleted; a run that a lost worker left behind is still being ended, or results are still being purged. */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Deleted. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly changeStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        /** @description What is to change: each field given replaces the whole field, others stay. Takes effect at the end of the current interval. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "schedule": {
                 *         "every": 600000
                 *       },
                 *       "secrets": {
                 *         "key": "…"
                 *       }
                 *     }
                 */
                readonly "application/json": {
                    /** @description When failures pause the stream; null: never. */
                    readonly autoPause?: {
                        /** @description Failed runs in a row after which the stream is paused. */
                        readonly failures: number;
                        /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                        readonly probe: number;
                    } | null;
                    /** @description Bucket of the object store for raw responses. */
                    readonly bucket?: string;
                    /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
                    readonly budget?: {
                        /**
                         * @description Requests under way at once, over all workers.
                         * @example 2
                         */
                        readonly concurrency?: number;
                        /**
                         * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                         * @example 3600000
                         */
                        readonly maxWaitMs?: number;
                        /**
                         * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                         * @example iqair-community
                         */
                        readonly name?: string;
                        /**
                         * @description All of them hold at once.
                         * @example [
                         *       {
                         *         "requests": 5,
                         *         "perMs": 60000
                         *       },
                         *       {
                         *         "requests": 500,
                         *         "perMs": 86400000
                         *       }
                         *     ]
                         */
                        readonly policies?: readonly {
                            /**
                             * @description Length of the stretch, milliseconds.
                             * @example 60000
                             */
                            readonly perMs: number;
                            /**
                             * @description Requests allowed in any stretch of `perMs`.
                             * @example 5
                             */
                            readonly requests: number;
                        }[];
                    } | null;
                    /** @description Which missed ticks are run later; null: none. */
                    readonly catchUp?: {
                        /**
                         * @description All of them, or only the latest.
                         * @enum {unknown}
                         */
                        readonly runs: "all" | "latest";
                        /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                        readonly window: number;
                    } | null;
                    /** @description Configuration of the adapter, by its schema. */
                    readonly config?: {
                        readonly [key: string]: unknown;
                    };
                    /** @description Milliseconds after which the last good data count as stale; null: never. */
                    readonly freshWithin?: number | null;
                    /**
                     * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
                     * @enum {unknown}
                     */
                    readonly overlap?: "skip" | "buffer" | "interruptRunning" | "allow";
                    /** @description Pool of workers that runs it. */
                    readonly pool?: string;
                    /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
                    readonly retainFor?: number | null;
                    /** @description What happens after a retryable error. */
                    readonly retry?: {
                        /** @description Attempts of one run, the first included. */
                        readonly attempts: number;
                        /**
                         * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                         * @example [
                         *       "source_unavailable",
                         *       "source_timeout"
                         *     ]
                         */
                        readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                        /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                        readonly delay: number;
                        /** @description Longest wait between attempts, milliseconds. */
                        readonly maxDelay: number;
                    };
                    /**
                     * @description When the stream runs.
                     * @example {
                     *       "every": 300000
                     *     }
                     */
                    readonly schedule?: {
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds from one tick to the next, at least 100.
                         * @example 300000
                         */
                        readonly every: number;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                    } | {
                        /**
                         * @description Cron expression of 5 fields, or 6 with seconds first.
                         * @example *\/5 * * * *
                         */
                        readonly cron: string;
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                        /**
                         * @description IANA time zone, UTC by default.
                         * @example Europe/Madrid
                         */
                        readonly timezone?: string;
                    } | {
                        /**
                         * Format: date-time
                         * @description Runs once, at this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly at: string;
                    } | {
                        /**
                         * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                         * @constant
                         */
                        readonly continuous: true;
                    } | {
                        /**
                         * @description Runs only when triggered.
                         * @constant
                         */
                        readonly manual: true;
                    };
                    /** @description Secrets to set, or to remove with null. Others stay. */
                    readonly secrets?: {
                        readonly [key: string]: string | null;
                    };
                    /** @description Where documents go. */
                    readonly sinks?: readonly ({
                        /**
                         * @description Kind of sink.
                         * @example postgres
                         */
                        readonly type: string;
                    } & {
                        readonly [key: string]: unknown;
                    })[];
                    /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
                    readonly timeout?: number;
                    /** @description Mapping from record to document; null: the record as it is. */
                    readonly transform?: {
                        /** @description Document fields by name. */
                        readonly fields: {
                            readonly [key: string]: string | {
                                /**
                                 * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                                 * @enum {unknown}
                                 */
                                readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                                /** @description Value when the path leads nowhere or to null. */
                                readonly default?: unknown;
                                /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                                readonly path: string;
                                /** @description A record without it becomes a dead letter. */
                                readonly required?: boolean;
                            } | {
                                /** @description Always this value. */
                                readonly constant: unknown;
                            } | {
                                /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                                readonly template: string;
                            };
                        };
                    } | null;
                };
            };
        };
        readonly responses: {
            /** @description The stream as it is now. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `canary_in_progress`: A version of the stream is on trial. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_adapter`: There is no such adapter. `unknown_sink`: There is no such sink. `invalid_config`: The configuration is not valid. `invalid_schedule`: The schedule is not valid. `invalid_transform`: The transform is not valid. `missing_secret`: A secret is missing. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly backfillStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        /** @description A stretch of time, or a cursor to begin with. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "since": "2026-01-01T00:00:00Z",
                 *       "until": "2026-02-01T00:00:00Z",
                 *       "dryRun": true
                 *     }
                 */
                readonly "application/json": {
                    /** @description Only answer which runs there would be. */
                    readonly dryRun?: boolean;
                    /**
                     * Format: date-time
                     * @description Beginning of the stretch of time that is fetched again.
                     */
                    readonly since: string;
                    /**
                     * Format: date-time
                     * @description Its end. Default: now.
                     */
                    readonly until?: string;
                    /** @description One run for each part of so many milliseconds, at most 100, the oldest first. Default: one run. */
                    readonly window?: number;
                } | {
                    /** @description A checkpoint of the adapter to begin with, or null: from the beginning. */
                    readonly cursor: unknown;
                    /** @description Only answer which runs there would be. */
                    readonly dryRun?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description The runs that there would be (`dryRun`). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Backfill"];
                };
            };
            /** @description Queued; the operation tells how far it is. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Backfill"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. `workers_outdated`: Workers of an earlier version are still up. `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_polled`: The stream fetches nothing: its source sends. `invalid_config`: The configuration is not valid. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly tryVersion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "change": {
                 *         "timeout": 60000
                 *       },
                 *       "mode": "instead",
                 *       "ticks": 3
                 *     }
                 */
                readonly "application/json": {
                    readonly change: {
                        /** @description When failures pause the stream; null: never. */
                        readonly autoPause?: {
                            /** @description Failed runs in a row after which the stream is paused. */
                            readonly failures: number;
                            /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                            readonly probe: number;
                        } | null;
                        /** @description Bucket of the object store for raw responses. */
                        readonly bucket?: string;
                        /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
                        readonly budget?: {
                            /**
                             * @description Requests under way at once, over all workers.
                             * @example 2
                             */
                            readonly concurrency?: number;
                            /**
                             * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                             * @example 3600000
                             */
                            readonly maxWaitMs?: number;
                            /**
                             * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                             * @example iqair-community
                             */
                            readonly name?: string;
                            /**
                             * @description All of them hold at once.
                             * @example [
                             *       {
                             *         "requests": 5,
                             *         "perMs": 60000
                             *       },
                             *       {
                             *         "requests": 500,
                             *         "perMs": 86400000
                             *       }
                             *     ]
                             */
                            readonly policies?: readonly {
                                /**
                                 * @description Length of the stretch, milliseconds.
                                 * @example 60000
                                 */
                                readonly perMs: number;
                                /**
                                 * @description Requests allowed in any stretch of `perMs`.
                                 * @example 5
                                 */
                                readonly requests: number;
                            }[];
                        } | null;
                        /** @description Which missed ticks are run later; null: none. */
                        readonly catchUp?: {
                            /**
                             * @description All of them, or only the latest.
                             * @enum {unknown}
                             */
                            readonly runs: "all" | "latest";
                            /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                            readonly window: number;
                        } | null;
                        /** @description Configuration of the adapter, by its schema. */
                        readonly config?: {
                            readonly [key: string]: unknown;
                        };
                        /** @description Milliseconds after which the last good data count as stale; null: never. */
                        readonly freshWithin?: number | null;
                        /**
                         * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
                         * @enum {unknown}
                         */
                        readonly overlap?: "skip" | "buffer" | "interruptRunning" | "allow";
                        /** @description Pool of workers that runs it. */
                        readonly pool?: string;
                        /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
                        readonly retainFor?: number | null;
                        /** @description What happens after a retryable error. */
                        readonly retry?: {
                            /** @description Attempts of one run, the first included. */
                            readonly attempts: number;
                            /**
                             * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                             * @example [
                             *       "source_unavailable",
                             *       "source_timeout"
                             *     ]
                             */
                            readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                            /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                            readonly delay: number;
                            /** @description Longest wait between attempts, milliseconds. */
                            readonly maxDelay: number;
                        };
                        /**
                         * @description When the stream runs.
                         * @example {
                         *       "every": 300000
                         *     }
                         */
                        readonly schedule?: {
                            /**
                             * Format: date-time
                             * @description No tick after this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly endAt?: string;
                            /**
                             * @description Milliseconds from one tick to the next, at least 100.
                             * @example 300000
                             */
                            readonly every: number;
                            /**
                             * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                             * @example 60000
                             */
                            readonly jitter?: number;
                            /**
                             * Format: date-time
                             * @description No tick before this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly startAt?: string;
                        } | {
                            /**
                             * @description Cron expression of 5 fields, or 6 with seconds first.
                             * @example *\/5 * * * *
                             */
                            readonly cron: string;
                            /**
                             * Format: date-time
                             * @description No tick after this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly endAt?: string;
                            /**
                             * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                             * @example 60000
                             */
                            readonly jitter?: number;
                            /**
                             * Format: date-time
                             * @description No tick before this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly startAt?: string;
                            /**
                             * @description IANA time zone, UTC by default.
                             * @example Europe/Madrid
                             */
                            readonly timezone?: string;
                        } | {
                            /**
                             * Format: date-time
                             * @description Runs once, at this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly at: string;
                        } | {
                            /**
                             * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                             * @constant
                             */
                            readonly continuous: true;
                        } | {
                            /**
                             * @description Runs only when triggered.
                             * @constant
                             */
                            readonly manual: true;
                        };
                        /** @description Where documents go. */
                        readonly sinks?: readonly ({
                            /**
                             * @description Kind of sink.
                             * @example postgres
                             */
                            readonly type: string;
                        } & {
                            readonly [key: string]: unknown;
                        })[];
                        /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
                        readonly timeout?: number;
                        /** @description Mapping from record to document; null: the record as it is. */
                        readonly transform?: {
                            /** @description Document fields by name. */
                            readonly fields: {
                                readonly [key: string]: string | {
                                    /**
                                     * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                                     * @enum {unknown}
                                     */
                                    readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                                    /** @description Value when the path leads nowhere or to null. */
                                    readonly default?: unknown;
                                    /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                                    readonly path: string;
                                    /** @description A record without it becomes a dead letter. */
                                    readonly required?: boolean;
                                } | {
                                    /** @description Always this value. */
                                    readonly constant: unknown;
                                } | {
                                    /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                                    readonly template: string;
                                };
                            };
                        } | null;
                    };
                    /** @enum {unknown} */
                    readonly mode: "instead" | "beside";
                    /** @description Good runs that make it current. */
                    readonly ticks: number;
                };
            };
        };
        readonly responses: {
            /** @description The stream, with its version on trial. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `canary_in_progress`: A version of the stream is on trial. `stream_stopped`: The stream is stopped. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_config`: The configuration is not valid. `invalid_schedule`: The schedule is not valid. `invalid_transform`: The transform is not valid. `unknown_sink`: There is no such sink. `missing_secret`: A secret is missing. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly endTrial: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly acceptTrial: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly checkStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        /** @description What is to be different, as in a change of the stream. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "transform": {
                 *         "fields": {
                 *           "city": "city"
                 *         }
                 *       }
                 *     }
                 */
                readonly "application/json": {
                    /** @description When failures pause the stream; null: never. */
                    readonly autoPause?: {
                        /** @description Failed runs in a row after which the stream is paused. */
                        readonly failures: number;
                        /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                        readonly probe: number;
                    } | null;
                    /** @description Bucket of the object store for raw responses. */
                    readonly bucket?: string;
                    /** @description Rate limits of the source that the stream knows; null: those that the source tells. */
                    readonly budget?: {
                        /**
                         * @description Requests under way at once, over all workers.
                         * @example 2
                         */
                        readonly concurrency?: number;
                        /**
                         * @description A run that would have to wait longer for the budget fails (`budget_exhausted`), milliseconds. Default: it waits.
                         * @example 3600000
                         */
                        readonly maxWaitMs?: number;
                        /**
                         * @description Takes from the budget of this name. Without a name: from the budget of the host and the secrets, with all streams that share them.
                         * @example iqair-community
                         */
                        readonly name?: string;
                        /**
                         * @description All of them hold at once.
                         * @example [
                         *       {
                         *         "requests": 5,
                         *         "perMs": 60000
                         *       },
                         *       {
                         *         "requests": 500,
                         *         "perMs": 86400000
                         *       }
                         *     ]
                         */
                        readonly policies?: readonly {
                            /**
                             * @description Length of the stretch, milliseconds.
                             * @example 60000
                             */
                            readonly perMs: number;
                            /**
                             * @description Requests allowed in any stretch of `perMs`.
                             * @example 5
                             */
                            readonly requests: number;
                        }[];
                    } | null;
                    /** @description Which missed ticks are run later; null: none. */
                    readonly catchUp?: {
                        /**
                         * @description All of them, or only the latest.
                         * @enum {unknown}
                         */
                        readonly runs: "all" | "latest";
                        /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                        readonly window: number;
                    } | null;
                    /** @description Configuration of the adapter, by its schema. */
                    readonly config?: {
                        readonly [key: string]: unknown;
                    };
                    /** @description Milliseconds after which the last good data count as stale; null: never. */
                    readonly freshWithin?: number | null;
                    /**
                     * @description What becomes of a tick that comes while a run is in progress. skip: it is skipped. buffer: it waits, at most 100 of them. interruptRunning: the run in progress is interrupted. allow: both run; only one of them moves the cursor.
                     * @enum {unknown}
                     */
                    readonly overlap?: "skip" | "buffer" | "interruptRunning" | "allow";
                    /** @description Pool of workers that runs it. */
                    readonly pool?: string;
                    /** @description Milliseconds that raw responses are kept after their commit, an hour at least; null: for ever. Documents and all that is known about the response stay. */
                    readonly retainFor?: number | null;
                    /** @description What happens after a retryable error. */
                    readonly retry?: {
                        /** @description Attempts of one run, the first included. */
                        readonly attempts: number;
                        /**
                         * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                         * @example [
                         *       "source_unavailable",
                         *       "source_timeout"
                         *     ]
                         */
                        readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                        /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                        readonly delay: number;
                        /** @description Longest wait between attempts, milliseconds. */
                        readonly maxDelay: number;
                    };
                    /**
                     * @description When the stream runs.
                     * @example {
                     *       "every": 300000
                     *     }
                     */
                    readonly schedule?: {
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds from one tick to the next, at least 100.
                         * @example 300000
                         */
                        readonly every: number;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                    } | {
                        /**
                         * @description Cron expression of 5 fields, or 6 with seconds first.
                         * @example *\/5 * * * *
                         */
                        readonly cron: string;
                        /**
                         * Format: date-time
                         * @description No tick after this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly endAt?: string;
                        /**
                         * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                         * @example 60000
                         */
                        readonly jitter?: number;
                        /**
                         * Format: date-time
                         * @description No tick before this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly startAt?: string;
                        /**
                         * @description IANA time zone, UTC by default.
                         * @example Europe/Madrid
                         */
                        readonly timezone?: string;
                    } | {
                        /**
                         * Format: date-time
                         * @description Runs once, at this time.
                         * @example 2027-01-31T08:00:00Z
                         */
                        readonly at: string;
                    } | {
                        /**
                         * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                         * @constant
                         */
                        readonly continuous: true;
                    } | {
                        /**
                         * @description Runs only when triggered.
                         * @constant
                         */
                        readonly manual: true;
                    };
                    /** @description Secrets to set, or to remove with null. Others stay. */
                    readonly secrets?: {
                        readonly [key: string]: string | null;
                    };
                    /** @description Where documents go. */
                    readonly sinks?: readonly ({
                        /**
                         * @description Kind of sink.
                         * @example postgres
                         */
                        readonly type: string;
                    } & {
                        readonly [key: string]: unknown;
                    })[];
                    /** @description Longest time a run may take, milliseconds. Default: the interval, or 300000 without one. */
                    readonly timeout?: number;
                    /** @description Mapping from record to document; null: the record as it is. */
                    readonly transform?: {
                        /** @description Document fields by name. */
                        readonly fields: {
                            readonly [key: string]: string | {
                                /**
                                 * @description string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).
                                 * @enum {unknown}
                                 */
                                readonly convert?: "string" | "number" | "integer" | "boolean" | "json" | "time" | "epochSeconds" | "epochMillis";
                                /** @description Value when the path leads nowhere or to null. */
                                readonly default?: unknown;
                                /** @description Dotted path into the record; `a.0.b` indexes arrays, `a\.b` is one key. */
                                readonly path: string;
                                /** @description A record without it becomes a dead letter. */
                                readonly required?: boolean;
                            } | {
                                /** @description Always this value. */
                                readonly constant: unknown;
                            } | {
                                /** @description Text with {{path}} placeholders; one that leads nowhere is empty. */
                                readonly template: string;
                            };
                        };
                    } | null;
                };
            };
        };
        readonly responses: {
            /** @description What the source answered and what becomes of it. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CheckAnswer"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_adapter`: There is no such adapter. `unknown_sink`: There is no such sink. `invalid_config`: The configuration is not valid. `invalid_schedule`: The schedule is not valid. `invalid_transform`: The transform is not valid. `missing_secret`: A secret is missing. `egress_refused`: The address may not be reached. `not_polled`: The stream fetches nothing: its source sends. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: The source asks to slow down. `quota_exhausted`: The quota at the source is used up. */
            readonly 429: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. `secret_unreadable`: A stored secret cannot be opened. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `auth_failed`: The source refused the credentials. `source_not_found`: The source has no such thing. `source_rejected`: The source refused the request. `source_unavailable`: The source failed. `source_unreachable`: The source cannot be reached. `source_tls`: The certificate of the source is not trusted. `source_malformed`: The answer of the source cannot be read. `source_truncated`: The answer of the source ended too early. `source_too_large`: The answer of the source is too large. `source_loop`: The source leads in a circle. */
            readonly 502: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `source_timeout`: The source did not answer in time. */
            readonly 504: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly setCursor: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "cursor": null
                 *     }
                 */
                readonly "application/json": {
                    /** @description What the adapter left as its checkpoint, or null. */
                    readonly cursor: unknown;
                };
            };
        };
        readonly responses: {
            /** @description The stream. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run_in_progress`: A run of the stream is in progress. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly diffVersions: {
        readonly parameters: {
            readonly query: {
                /** @description The older version. */
                readonly from: number;
                /** @description The newer version. */
                readonly to: number;
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The fields in which they differ. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["VersionDiff"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly pauseStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream, paused. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly reparseStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "since": "2027-01-01T00:00:00Z"
                 *     }
                 */
                readonly "application/json": {
                    /** @description Only count what it would do. */
                    readonly dryRun?: boolean;
                    /** @description Only these results of the stream. */
                    readonly results?: readonly string[];
                    /**
                     * Format: uuid
                     * @description Only results of this run of the stream: a replay.
                     */
                    readonly run?: string;
                    /**
                     * Format: date-time
                     * @description No result that was committed earlier.
                     */
                    readonly since?: string;
                    /** @description Only these sinks of the current version: places in its `sinks`, from 0, or types. Default: all. */
                    readonly sinks?: readonly (number | string)[];
                    /**
                     * Format: date-time
                     * @description No result that was committed later.
                     */
                    readonly until?: string;
                };
            };
        };
        readonly responses: {
            /** @description What it would touch (`dryRun`). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RedeliveryPreview"];
                };
            };
            /** @description Written down. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listResults: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Only results of this run. */
                readonly run?: string;
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of results. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Result"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly resumeStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream, started. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly rollbackStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "version": 1
                 *     }
                 */
                readonly "application/json": {
                    /** @description The version to go back to. */
                    readonly version: number;
                };
            };
        };
        readonly responses: {
            /** @description The stream as it is now. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `canary_in_progress`: A version of the stream is on trial. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listRuns: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Only runs in these states; may be repeated. */
                readonly state?: readonly ("queued" | "running" | "waiting" | "stopping" | "delivering" | "succeeded" | "partial" | "failed" | "interrupted" | "timedOut" | "skipped" | "missed")[];
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of runs. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Run"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listSinkLags: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All of them; there is no next page. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["SinkLag"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly startStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream, started. */
            readonly 200: {
                headers: {
                    /** @description For If-Match. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_schedule`: The schedule is not valid. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly stopStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The ETag of the state that is to be changed; another state is left alone (412).
                 * @example "3"
                 */
                readonly "if-match"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "mode": "drain",
                 *       "deadline": 30000
                 *     }
                 */
                readonly "application/json": {
                    /** @description Milliseconds a drain may take. Default: 5000 for live adapters, else 60000. */
                    readonly deadline?: number;
                    /**
                     * @description interrupt: what runs is aborted, and what is on its way to a sink is held. drain: what runs comes to its end, and so does its delivery; after the deadline it is interrupted. Default: interrupt; for live adapters drain.
                     * @enum {unknown}
                     */
                    readonly mode?: "interrupt" | "drain";
                };
            };
        };
        readonly responses: {
            /** @description Complete. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description The stop is in force, but not all have acknowledged yet. Ask for the operation again. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    /** @description Seconds. */
                    readonly "Retry-After"?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version_conflict`: The resource has changed. */
            readonly 412: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listTicks: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
                /** @description Only these; may be repeated. */
                readonly outcome?: readonly ("ran" | "inProgress" | "skipped" | "missed")[];
                /** @description No earlier tick. */
                readonly since?: string;
                /** @description No later tick. */
                readonly until?: string;
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of ticks. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Tick"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly runTicks: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        /** @description Ticks by their nominal times, or all of a window. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "since": "2026-03-05T12:00:00.000Z",
                 *       "until": "2026-03-05T14:00:00.000Z",
                 *       "dryRun": true
                 *     }
                 */
                readonly "application/json": {
                    /** @description Only answer what would be run. */
                    readonly dryRun?: boolean;
                    /** @description Nominal times that were missed or skipped. Those that have a run already are left alone. */
                    readonly ticks: readonly string[];
                } | {
                    /** @description Only answer what would be run. */
                    readonly dryRun?: boolean;
                    /** @description Which of them. Default: those that were missed. */
                    readonly outcomes?: readonly ("missed" | "skipped")[];
                    /**
                     * Format: date-time
                     * @description No earlier tick.
                     */
                    readonly since: string;
                    /**
                     * Format: date-time
                     * @description No later tick.
                     */
                    readonly until: string;
                };
            };
        };
        readonly responses: {
            /** @description What would be run (`dryRun`), or that nothing is to be run. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TickRuns"];
                };
            };
            /** @description Queued; the operation tells how far it is. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TickRuns"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_polled`: The stream fetches nothing: its source sends. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly triggerStream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The queued run. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Run"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stream_stopped`: The stream is stopped. `run_in_progress`: A run of the stream is in progress. `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_polled`: The stream fetches nothing: its source sends. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listStreamVersions: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of versions. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["StreamVersion"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly proposeVespaSchema: {
        readonly parameters: {
            readonly query?: {
                /** @description Name of the document type. Default: that of the sink, or one made of the name of the stream. */
                readonly documentType?: string;
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Id or name of the stream.
                 * @example madrid-air
                 */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The proposal. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["VespaSchemaProposal"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. `store_unavailable`: The object store cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly actOnStreams: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.
                 * @example 8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9
                 */
                readonly "idempotency-key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "action": "stop",
                 *       "filter": {
                 *         "adapter": "iqair"
                 *       },
                 *       "mode": "drain"
                 *     }
                 */
                readonly "application/json": {
                    /** @enum {unknown} */
                    readonly action: "start" | "stop" | "pause" | "resume" | "trigger" | "change" | "delete";
                    /** @description For `change`: the fields to set. */
                    readonly change?: {
                        readonly autoPause?: {
                            /** @description Failed runs in a row after which the stream is paused. */
                            readonly failures: number;
                            /** @description Milliseconds after which one run probes the source; when it succeeds the stream goes on, else it stays paused until the next probe. */
                            readonly probe: number;
                        } | null;
                        readonly catchUp?: {
                            /**
                             * @description All of them, or only the latest.
                             * @enum {unknown}
                             */
                            readonly runs: "all" | "latest";
                            /** @description Missed ticks younger than this are run after an outage, milliseconds. */
                            readonly window: number;
                        } | null;
                        readonly freshWithin?: number | null;
                        /** @enum {unknown} */
                        readonly overlap?: "skip" | "buffer" | "interruptRunning" | "allow";
                        readonly pool?: string;
                        /** @description What happens after a retryable error. */
                        readonly retry?: {
                            /** @description Attempts of one run, the first included. */
                            readonly attempts: number;
                            /**
                             * @description Error codes after which another attempt is made. Default: those that a retry may mend.
                             * @example [
                             *       "source_unavailable",
                             *       "source_timeout"
                             *     ]
                             */
                            readonly codes?: readonly ("invalid_request" | "invalid_settings" | "unauthorized" | "forbidden" | "signature_invalid" | "too_many_attempts" | "not_found" | "method_not_allowed" | "name_taken" | "stream_stopped" | "stream_paused" | "not_polled" | "workers_outdated" | "run_in_progress" | "not_retryable" | "canary_in_progress" | "idempotency_conflict" | "version_conflict" | "payload_too_large" | "unsupported_media_type" | "unknown_adapter" | "unknown_sink" | "invalid_config" | "invalid_schedule" | "invalid_transform" | "missing_secret" | "egress_refused" | "auth_failed" | "source_not_found" | "source_rejected" | "source_unavailable" | "source_unreachable" | "source_timeout" | "source_tls" | "source_malformed" | "source_truncated" | "source_too_large" | "source_loop" | "rate_limited" | "quota_exhausted" | "budget_wait" | "budget_exhausted" | "store_unavailable" | "store_full" | "store_refused" | "object_missing" | "object_expired" | "object_corrupt" | "record_invalid" | "transform_failed" | "sink_unavailable" | "sink_full" | "sink_rejected" | "backlog_full" | "overloaded" | "ledger_unavailable" | "queue_unavailable" | "api_unreachable" | "secret_unreadable" | "folder_in_use" | "port_in_use" | "interrupted" | "timed_out" | "lease_lost" | "worker_lost" | "clock_skew" | "internal")[];
                            /** @description Milliseconds before the second attempt; doubles from there, with full jitter. */
                            readonly delay: number;
                            /** @description Longest wait between attempts, milliseconds. */
                            readonly maxDelay: number;
                        };
                        /**
                         * @description When the stream runs.
                         * @example {
                         *       "every": 300000
                         *     }
                         */
                        readonly schedule?: {
                            /**
                             * Format: date-time
                             * @description No tick after this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly endAt?: string;
                            /**
                             * @description Milliseconds from one tick to the next, at least 100.
                             * @example 300000
                             */
                            readonly every: number;
                            /**
                             * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                             * @example 60000
                             */
                            readonly jitter?: number;
                            /**
                             * Format: date-time
                             * @description No tick before this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly startAt?: string;
                        } | {
                            /**
                             * @description Cron expression of 5 fields, or 6 with seconds first.
                             * @example *\/5 * * * *
                             */
                            readonly cron: string;
                            /**
                             * Format: date-time
                             * @description No tick after this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly endAt?: string;
                            /**
                             * @description Milliseconds over which streams of the same schedule are spread, evenly: each starts at its own fixed offset below this. Ticks keep their nominal times.
                             * @example 60000
                             */
                            readonly jitter?: number;
                            /**
                             * Format: date-time
                             * @description No tick before this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly startAt?: string;
                            /**
                             * @description IANA time zone, UTC by default.
                             * @example Europe/Madrid
                             */
                            readonly timezone?: string;
                        } | {
                            /**
                             * Format: date-time
                             * @description Runs once, at this time.
                             * @example 2027-01-31T08:00:00Z
                             */
                            readonly at: string;
                        } | {
                            /**
                             * @description Runs without end: for adapters that hold a live connection. A run that ends is followed by the next.
                             * @constant
                             */
                            readonly continuous: true;
                        } | {
                            /**
                             * @description Runs only when triggered.
                             * @constant
                             */
                            readonly manual: true;
                        };
                        readonly timeout?: number;
                    };
                    /** @description Milliseconds a drain may take. Default: 5000 for live adapters, else 60000. */
                    readonly deadline?: number;
                    /** @description Only count what it would do. */
                    readonly dryRun?: boolean;
                    /**
                     * @description Which streams; all conditions together, {} for all.
                     * @example {
                     *       "adapter": "iqair"
                     *     }
                     */
                    readonly filter: {
                        readonly adapter?: string;
                        /**
                         * @description late: started and behind. failing: its last run failed. waiting: a run of it waits for a rate budget.
                         * @enum {unknown}
                         */
                        readonly condition?: "late" | "failing" | "waiting";
                        /** @enum {unknown} */
                        readonly desired?: "started" | "paused" | "stopped";
                        /** @description Names or ids. */
                        readonly names?: readonly string[];
                        readonly pool?: string;
                        /** @description Beginning of the name. */
                        readonly prefix?: string;
                        /** @description Part of the name, in any case. */
                        readonly q?: string;
                    };
                    /**
                     * @description interrupt: what runs is aborted, and what is on its way to a sink is held. drain: what runs comes to its end, and so does its delivery; after the deadline it is interrupted. Default: interrupt; for live adapters drain.
                     * @enum {unknown}
                     */
                    readonly mode?: "interrupt" | "drain";
                    /** @description For `delete`: stored results, their bodies and the documents in the sinks go as well. Default: they stay. */
                    readonly purge?: boolean;
                };
            };
        };
        readonly responses: {
            /** @description What it would touch (`dryRun`). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionPreview"];
                };
            };
            /** @description Written down. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The idempotency key was used for another request. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_schedule`: The schedule is not valid. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly listWorkers: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next` of the page before. */
                readonly after?: string;
                /** @description Largest number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of workers. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly items: readonly components["schemas"]["Worker"][];
                        /** @description Pass as `after` for the next page; null at the end. */
                        readonly next: string | null;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly drainWorker: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the worker. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "deadline": 30000
                 *     }
                 */
                readonly "application/json": {
                    /** @description Milliseconds. Default: 60000. */
                    readonly deadline?: number;
                };
            };
        };
        readonly responses: {
            /** @description The worker is told. */
            readonly 202: {
                headers: {
                    /** @description Path of what was made. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly startByMessage: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "adapter": "IQAIR_DAILY",
                 *       "endpoint": "http://api.airvisual.com/v2/nearest_city",
                 *       "secret_key": "mykey",
                 *       "interval": 300000,
                 *       "timeout": 180000,
                 *       "bucket_name": "results"
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.
                     * @example madrid-air
                     */
                    readonly adapter: string;
                    readonly bucket_name?: string;
                    /** @description URL to fetch. */
                    readonly endpoint: string;
                    /** @description Milliseconds between ticks. */
                    readonly interval: number;
                    readonly secret_key?: string;
                    /** @description Milliseconds; default: the interval. */
                    readonly timeout?: number;
                    /** @description Adapter, where the name does not begin with it. */
                    readonly type?: string;
                };
            };
        };
        readonly responses: {
            /** @description Started. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MessageAnswer"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `name_taken`: The name is taken. */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_adapter`: There is no such adapter. `invalid_config`: The configuration is not valid. `invalid_schedule`: The schedule is not valid. `missing_secret`: A secret is missing. */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly stopByMessage: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "adapter": "IQAIR_DAILY"
                 *     }
                 */
                readonly "application/json": {
                    /**
                     * @description Letters, digits, `_` and `-`, 1-63 characters, unique, never changed: document ids start with it.
                     * @example madrid-air
                     */
                    readonly adapter: string;
                };
            };
        };
        readonly responses: {
            /** @description Stopped. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MessageAnswer"];
                };
            };
            /** @description The stop is in force, but a run has not ended yet. Send it again. */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MessageAnswer"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid bearer token is needed. */
            readonly 401: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            readonly 413: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The media type is not supported. */
            readonly 415: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong inside. */
            readonly 500: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ledger_unavailable`: The ledger cannot be reached. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

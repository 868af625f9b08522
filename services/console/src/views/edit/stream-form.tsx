import { ApiError } from '@data-weaver/client'
import { type ReactNode, useId } from 'react'
import type { Adapter } from '../../api/resources.ts'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { Panel } from '../../parts/panel.tsx'
import type { Draft, SecretValues } from './draft.ts'
import { withKey } from './draft.ts'
import { ProblemsProvider } from './field-text.tsx'
import { JsonText } from './json-field.tsx'
import { ScheduleField } from './schedule-field.tsx'
import { propertiesOf, type Schema, textOf } from './schema.ts'
import { SchemaField } from './schema-field.tsx'
import { TransformField } from './transform-field.tsx'

interface StreamFormProps {
  readonly adapter: Adapter
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
  readonly secrets: SecretValues
  readonly onSecrets: (secrets: SecretValues) => void
  /** Secrets that the stream has already. */
  readonly known: readonly string[]
  readonly named: boolean
  readonly error: unknown
  readonly acts: ReactNode
  readonly onSubmit: () => void
}

/** A stream as a form, and the same as JSON beside it. Both change the same draft. */
export function StreamForm({ adapter, draft, onDraft, secrets, onSecrets, known, named, error, acts, onSubmit }: StreamFormProps) {
  const json = useId()
  const set = (key: string) => (value: unknown) => onDraft(withKey(draft, key, value))
  return (
    <ProblemsProvider value={error instanceof ApiError ? error.errors : []}>
      <form
        className="two-columns form"
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        <div>
          {named ? <NameField value={textOf(draft['name'])} onChange={set('name')} /> : null}
          <SchemaField
            schema={adapter.config as Schema}
            value={draft.config}
            onChange={set('config')}
            path="config"
            label={`Configuration of ${adapter.id}`}
            required
          />
          <SecretFields adapter={adapter} draft={draft} secrets={secrets} onSecrets={onSecrets} known={known} />
          <ScheduleField value={draft.schedule} onChange={set('schedule')} />
          <TransformField value={draft.transform} onChange={set('transform')} />
          {error === null ? null : <ErrorPanel error={error} />}
          <div className="acts form-acts">{acts}</div>
        </div>
        <Panel title="The same as JSON">
          <label htmlFor={json} className="muted small">
            With what the form does not show: sinks, retries, timeout, pool, overlap. Secrets are not here.
          </label>
          <JsonText id={json} value={draft} rows={32} onChange={(value) => (isDraft(value) ? onDraft(value) : undefined)} />
        </Panel>
      </form>
    </ProblemsProvider>
  )
}

const isDraft = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value)

function NameField({ value, onChange }: { readonly value: string; readonly onChange: (value: unknown) => void }) {
  const schema: Schema = {
    type: 'string',
    description: 'Letters, digits, _ and -. It never changes: document ids start with it.',
    examples: ['madrid-air'],
  }
  return <SchemaField schema={schema} value={value} onChange={onChange} path="name" label="Name" required />
}

interface SecretFieldsProps extends Pick<StreamFormProps, 'adapter' | 'draft' | 'secrets' | 'onSecrets' | 'known'> {}

/** Names that the adapter knows, that its configuration refers to, and that are set. Values go one way only. */
function SecretFields({ adapter, draft, secrets, onSecrets, known }: SecretFieldsProps) {
  const named = propertiesOf(adapter.secrets as Schema).map(([name]) => name)
  const referred = [...JSON.stringify(draft.config ?? {}).matchAll(/"secret":"([A-Za-z]\w*)"/g)].map(([, name]) => name ?? '')
  const names = [...new Set([...named, ...referred, ...known])]
  if (names.length === 0) return null
  return (
    <fieldset className="group">
      <legend>Secrets</legend>
      <p className="muted small">Sealed when they are saved; they never come back.</p>
      {names.map((name) => (
        <div key={name} className="field">
          <label className="field-label" htmlFor={`secret-${name}`}>
            {name}
          </label>
          <input
            id={`secret-${name}`}
            className="input mono"
            type="password"
            autoComplete="off"
            placeholder={known.includes(name) ? 'is set; leave empty to keep it' : ''}
            value={secrets[name] ?? ''}
            onChange={({ target }) => onSecrets({ ...secrets, [name]: target.value })}
          />
        </div>
      ))}
    </fieldset>
  )
}

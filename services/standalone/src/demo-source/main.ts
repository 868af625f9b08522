import { parseArgs } from 'node:util'
import { systemClock, WeaverError } from '@data-weaver/contracts'
import { createLog, runService } from '@data-weaver/process'
import { feedPath, sourceServer } from './app.ts'
import { movingPosition } from './position.ts'
import { readRecording } from './recording.ts'
import { Replay } from './replay.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string' },
    step: { type: 'string', default: '2000' },
    instance: { type: 'string' },
  },
})
const log = createLog({ service: 'demo-source', level: 'info' })

await runService(
  async (stack) => {
    const { state: file } = values
    if (file === undefined) throw new WeaverError('invalid_settings', '--state FILE is missing: where the position is kept')
    const replay = new Replay(await readRecording())
    const position = stack.use(await movingPosition(file, Number(values.step), { clock: systemClock, log }))
    const server = sourceServer({ replay, position: position.now })
    server.on('request', (request, response) =>
      response.once('finish', () => log.info({ url: request.url, status: response.statusCode }, 'request answered')),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(Number(values.port), '127.0.0.1', resolve)
    })
    stack.defer(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    )
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const feed = `http://127.0.0.1:${port}${feedPath}`
    log.info({ feed, position: position.now() }, 'demo source up')
    process.send?.({ ready: true, port, feed })
  },
  { log },
)

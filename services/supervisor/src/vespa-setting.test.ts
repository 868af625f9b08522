import { describe, expect, it } from 'vitest'
import { httpStream, startApi } from '../test/harness.ts'

describe('a stream with a vespa sink', () => {
  it('is refused, and so is a change to one, where the process has no Vespa', async () => {
    await using api = await startApi()
    const refused = { code: 'invalid_config', errors: [{ field: 'sinks.0.type', problem: expect.stringContaining('WEAVER_VESPA_URL') }] }
    const made = await api.call('POST', '/v1/streams', httpStream(api.name('vespa'), { sinks: [{ type: 'vespa' }] }))
    expect([made.status, made.json]).toMatchObject([422, refused])
    const other = (await api.call('POST', '/v1/streams', httpStream(api.name('vespa'), {}))).json
    const changed = await api.call('PATCH', `/v1/streams/${other.id}`, { sinks: [{ type: 'vespa' }] })
    expect([changed.status, changed.json]).toMatchObject([422, refused])
  })

  it('is made where the process has one, and says nothing about where it is', async () => {
    await using api = await startApi((parts) => ({ ...parts, vespaUrl: 'http://vespa:8080' }))
    const made = await api.call(
      'POST',
      '/v1/streams',
      httpStream(api.name('vespa'), { sinks: [{ type: 'vespa', documentType: 'earthquake' }] }),
    )
    expect(made.status).toBe(201)
    expect(made.json.sinks).toEqual([{ type: 'vespa', documentType: 'earthquake', namespace: 'weaver', fields: {} }])
  })
})

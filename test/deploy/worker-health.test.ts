import { fileURLToPath } from 'node:url'
import { generateKey } from '@data-weaver/vault'
import { spawnNode } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { startFleet } from '../e2e/fleet.ts'

const script = fileURLToPath(new URL('../../services/worker/src/health/main.ts', import.meta.url))

describe('the health check of a worker', () => {
  it('passes while the ledger hears of it, and fails when it has left', async () => {
    await using fleet = await startFleet()
    const env = { WEAVER_LEDGER_URL: fleet.databaseUrl, WEAVER_STORE_URL: `file://${fleet.objects}`, WEAVER_SECRET_KEY: generateKey() }
    const look = async () => {
      await using child = spawnNode(script, { env })
      const { code } = await child.exited
      return { code, output: child.output() }
    }
    expect(await look()).toEqual({ code: 0, output: '' })
    await fleet.worker.end()
    expect(await look()).toMatchObject({ code: 1, output: expect.stringContaining('has not heard of a worker') as string })
  })

  it('fails when the ledger cannot be asked', async () => {
    const env = {
      WEAVER_LEDGER_URL: 'postgres://127.0.0.1:1/none',
      WEAVER_STORE_URL: 'file:///nowhere/objects',
      WEAVER_SECRET_KEY: generateKey(),
    }
    await using child = spawnNode(script, { env })
    const { code } = await child.exited
    expect(code).toBe(1)
  })
})

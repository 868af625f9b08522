import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { startRedis } from './redis.ts'
import { requireServer } from './server-program.ts'

const program = await requireServer('redis-server')

function command(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.write(`${text}\r\n`))
    socket.once('data', (data) => {
      resolve(data.toString('latin1'))
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

test.skipIf(program === undefined)('what was acknowledged survives kill -9, on the same port', async () => {
  await using redis = await startRedis()
  expect(await command(redis.port, 'SET kept 7')).toBe('+OK\r\n')
  await redis.kill()
  await expect(command(redis.port, 'PING')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await redis.start()
  expect(await command(redis.port, 'GET kept')).toBe('$1\r\n7\r\n')
})

test.skipIf(program === undefined)('a frozen server takes connections and does not answer until it goes on', async () => {
  await using redis = await startRedis()
  redis.freeze()
  let answer: string | undefined
  const asked = command(redis.port, 'PING').then((text) => (answer = text))
  const socket = connect(redis.port, '127.0.0.1')
  await eventually(() => socket.readyState === 'open', { what: 'a connection' })
  expect(answer).toBeUndefined()
  redis.resume()
  expect(await asked).toBe('+PONG\r\n')
  socket.destroy()
})

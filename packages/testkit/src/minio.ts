import { requireBuilt, startS3, type TestS3 } from './versitygw.ts'

/**
 * The path of the MinIO server, for `describe.skipIf(program === undefined)`: where `pnpm servers` puts it, or on the path. Where it is
 * missing a message says so, or an error when servers are required.
 */
export const requireMinio = (): Promise<string | undefined> => requireBuilt('minio')

/**
 * A MinIO of its own on a free port of 127.0.0.1. Its data are in a folder that is thrown away, or in the one given, which stays. `more` is added to its
 * environment.
 */
export function startMinio(program: string, dataFolder?: string, more: Readonly<Record<string, string>> = {}): Promise<TestS3> {
  return startS3(
    {
      program,
      name: 'minio',
      args: (port, data) => ['server', '--quiet', '--address', `127.0.0.1:${port}`, data],
      env: (accessKey, secretKey) => ({
        MINIO_ROOT_USER: accessKey,
        MINIO_ROOT_PASSWORD: secretKey,
        MINIO_BROWSER: 'off',
        // Without one it takes requests signed for any region.
        MINIO_REGION: 'us-east-1',
        MINIO_UPDATE: 'off',
        ...more,
      }),
      // Its health checks say yes before it takes requests. It refuses one that is not signed once it does.
      ready: { path: '/', status: 403 },
    },
    dataFolder,
  )
}

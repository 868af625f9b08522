// What an adapter of a gRPC source is built from, besides the kit: `@data-weaver/adapters/kit/grpc`. It is apart because it loads a gRPC client.
export { type GrpcConnectionOptions, grpcConnection } from './connection.ts'
export { grpcFailure } from './failure.ts'
export { type GrpcCall, grpcLive } from './live.ts'

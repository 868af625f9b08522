// The messages of Substreams as StreamingFast's public definition has them, whole: an endpoint of tests speaks with these, and the adapter with
// its own, smaller definition. They are made for the first major version of `@bufbuild/protobuf`, which this package has for itself.
export { BlockScopedData, Package, Request, Response } from '@substreams/core/proto'

/** By name of the field: its type, and a value with what Vespa answers to a read of it. */
export const everyType: Readonly<Record<string, readonly [type: string, given: unknown, stored: unknown]>> = {
  text: ['string', 'naïve 日本語', 'naïve 日本語'],
  words: ['array<string>', ['a', 'b'], ['a', 'b']],
  tags: ['weightedset<string>', ['a', 'b', 'a'], { a: 2, b: 1 }],
  counts: ['weightedset<int>', { '5': 3 }, { '5': 3 }],
  prices: ['map<string, double>', { x: 1.5 }, { x: 1.5 }],
  by_number: ['map<int, string>', { '1': 'a' }, { '1': 'a' }],
  whole: ['int', -5, -5],
  tiny: ['byte', 127, 127],
  large: ['long', 9_007_199_254_740_991, 9_007_199_254_740_991],
  ratio: ['float', 1.5, 1.5],
  amount: ['double', 1e300, 1e300],
  yes: ['bool', true, true],
  link: ['uri', 'https://example.com/a', 'https://example.com/a'],
  place: ['position', { type: 'Point', coordinates: [-117.7, 35.7] }, { lat: 35.7, lng: -117.7 }],
  places: ['array<position>', [{ lat: 1, lon: 2 }], [{ lat: 1, lng: 2 }]],
  dense: ['tensor<float>(x[4])', [1, -2, 0.5, 4], { type: 'tensor<float>(x[4])', values: [1, -2, 0.5, 4] }],
  half: ['tensor<bfloat16>(x[2])', [1, 3], { type: 'tensor<bfloat16>(x[2])', values: [1, 3] }],
  bytes: ['tensor<int8>(x[3])', '01807f', { type: 'tensor<int8>(x[3])', values: [1, -128, 127] }],
  square: [
    'tensor<double>(x[2],y[2])',
    [
      [1, 2],
      [3, 4],
    ],
    {
      type: 'tensor(x[2],y[2])',
      values: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  sparse: ['tensor<float>(k{})', { a: 1.5 }, { type: 'tensor<float>(k{})', cells: { a: 1.5 } }],
  mixed: ['tensor<float>(k{},x[2])', { a: [1, 2] }, { type: 'tensor<float>(k{},x[2])', blocks: { a: [1, 2] } }],
  cube: [
    'tensor<float>(a{},b{},x[2])',
    [{ address: { a: '1', b: 'x' }, values: [1, 2] }],
    { type: 'tensor<float>(a{},b{},x[2])', blocks: [{ address: { a: '1', b: 'x' }, values: [1, 2] }] },
  ],
  pairs: [
    'tensor<float>(a{},b{})',
    [{ address: { a: '1', b: 'x' }, value: 2 }],
    { type: 'tensor<float>(a{},b{})', cells: [{ address: { a: '1', b: 'x' }, value: 2 }] },
  ],
}
/** A schema with a field of each, and two for vectors of texts. */
export const everyTypeSchema = `schema everything { document everything inherits weaver {
${Object.entries(everyType)
  .map(([name, [type]]) => `  field ${name} type ${type} { indexing: summary }`)
  .join('\n')}
  field vector type tensor<float>(x[8]) { indexing: summary | attribute }
  field parts type tensor<bfloat16>(part{},x[8]) { indexing: summary | attribute }
} }`

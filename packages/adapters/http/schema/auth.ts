import Type, { type Static } from 'typebox'
import { parameter, path, scalar, secretName, strict } from './field.ts'

const { Optional } = Type

const expiry = (default_: number) =>
  Optional(
    Type.Integer({
      minimum: 1000,
      maximum: 30 * 86_400_000,
      default: default_,
      description: 'How long a token is used when the answer does not say, in milliseconds. One that is refused (401) is renewed at once.',
    }),
  )

const tokenRequest = {
  tokenUrl: Type.String({
    minLength: 1,
    maxLength: 4096,
    description: 'Where tokens are asked for, http or https. `{{config.name}}` may be in it.',
    examples: ['https://login.example.com/oauth2/token'],
  }),
  clientId: Type.String({ minLength: 1, maxLength: 1000, description: 'Id of the client; it is no secret.', examples: ['weaver'] }),
  clientAuth: Optional(
    Type.Enum(['basic', 'body'], { default: 'basic', description: 'How the client proves itself: HTTP Basic, or fields of the form.' }),
  ),
  scope: Optional(Type.String({ minLength: 1, maxLength: 4096, description: 'Scopes with spaces between them.', examples: ['read'] })),
  parameters: Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 8192, description: 'Value of the field.' }), {
      maxProperties: 50,
      description: 'Further fields of the form that asks for a token.',
      examples: [{ audience: 'https://api.example.com' }],
    }),
  ),
  expiresIn: expiry(600_000),
}
const oauth2 = Type.Literal('oauth2', { description: 'OAuth 2: a token is asked for and sent as `Authorization: Bearer`.' })

const OAuth2ClientCredentials = Type.Object(
  {
    type: oauth2,
    grant: Type.Literal('clientCredentials', { description: 'The client has access of its own.' }),
    ...tokenRequest,
    secret: secretName('the client secret'),
  },
  strict,
)

const OAuth2RefreshToken = Type.Object(
  {
    type: oauth2,
    grant: Type.Literal('refreshToken', { description: 'Somebody gave the client access; a refresh token stands for it.' }),
    ...tokenRequest,
    secret: Optional(secretName('the client secret. Absent: the client has none')),
    refreshSecret: secretName('the refresh token. A new one that the source gives in its place is stored there'),
    rotates: Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether the source may give a new refresh token and take the old one back. Where nothing can be stored, such a stream does not start asking.',
      }),
    ),
  },
  strict,
)
export type OAuth2 = Static<typeof OAuth2ClientCredentials> | Static<typeof OAuth2RefreshToken>

const Session = Type.Object(
  {
    type: Type.Literal('session', {
      description: 'A login gives a token, which goes with each request until the source refuses it (401).',
    }),
    login: Type.Object(
      {
        url: Type.String({
          minLength: 1,
          maxLength: 4096,
          description: 'Where to log in, http or https. `{{config.name}}` may be in it.',
          examples: ['https://api.example.com/login'],
        }),
        as: Optional(Type.Enum(['json', 'form'], { default: 'json', description: 'How the fields are sent with the POST.' })),
        fields: Optional(
          Type.Record(Type.String(), scalar, {
            maxProperties: 50,
            description: 'Fields of the login that are no secrets, by name.',
            examples: [{ user: 'weaver' }],
          }),
        ),
        secrets: Type.Record(Type.String(), secretName('the value of the field'), {
          minProperties: 1,
          maxProperties: 10,
          description: 'Fields of the login that are secrets: name of the field to name of the secret.',
          examples: [{ password: 'password' }],
        }),
      },
      { ...strict, description: 'The request that gives a token.' },
    ),
    token: Type.Union(
      [
        Type.Object(
          {
            in: Type.Literal('body', { description: 'The token is in the body, which is JSON.' }),
            path: path('Where the token is.', 'data.token'),
          },
          strict,
        ),
        Type.Object(
          { in: Type.Literal('header', { description: 'The token is in a header.' }), name: parameter('Name of the header.', 'x-session') },
          strict,
        ),
      ],
      { description: 'Where the token is in the answer to the login.' },
    ),
    header: Optional(
      Type.Object(
        {
          name: parameter('Name of the header.', 'x-session-token'),
          prefix: Optional(Type.String({ maxLength: 100, description: 'Text before the token, with its space.', examples: ['Token '] })),
        },
        { ...strict, description: 'Header that carries the token. Absent: `Authorization: Bearer <token>`.' },
      ),
    ),
    expiresIn: expiry(600_000),
  },
  strict,
)
export type Session = Static<typeof Session>

const place = (what: string, name: string) => ({
  in: Type.Enum(['header', 'query'], { description: `Where the ${what} goes.` }),
  name: parameter('Name of the header or the query parameter.', name),
})

const Hmac = Type.Object(
  {
    type: Type.Literal('hmac', { description: 'Each request is signed with a shared key.' }),
    secret: secretName('the key'),
    keyEncoding: Optional(Type.Enum(['utf8', 'base64', 'hex'], { default: 'utf8', description: 'How the key is written.' })),
    template: Type.String({
      minLength: 1,
      maxLength: 4096,
      description:
        'What is signed. `{{timestamp}}`, `{{method}}`, `{{host}}`, `{{path}}`, `{{query}}` (without `?`), `{{target}}` (path and query), `{{url}}`, `{{body}}`, `{{bodyHash}}` (its digest in hexadecimal) and `{{nonce}}` stand for the request; `\\n` is a line break.',
      examples: ['{{timestamp}}{{method}}{{target}}{{body}}'],
    }),
    digest: Optional(Type.Enum(['sha1', 'sha256', 'sha384', 'sha512'], { default: 'sha256', description: 'Hash function.' })),
    encoding: Optional(Type.Enum(['hex', 'base64', 'base64url'], { default: 'hex', description: 'How the signature is written.' })),
    signature: Type.Object(
      {
        ...place('signature', 'x-signature'),
        prefix: Optional(Type.String({ maxLength: 100, description: 'Text before the signature.', examples: ['sha256='] })),
      },
      { ...strict, description: 'Where the signature goes.' },
    ),
    timestamp: Optional(
      Type.Object(
        {
          ...place('time', 'x-timestamp'),
          format: Optional(
            Type.Enum(['epochSeconds', 'epochMillis', 'iso'], { default: 'epochSeconds', description: 'How the time is written.' }),
          ),
        },
        { ...strict, description: 'The time of the request, sent along. Absent: it is not sent.' },
      ),
    ),
    nonce: Optional(
      Type.Object(place('nonce', 'x-nonce'), { ...strict, description: 'A random UUID, sent along. Absent: it is not sent.' }),
    ),
    key: Optional(
      Type.Object(
        { ...place('name of the key', 'x-access-key'), secret: secretName('the name of the key') },
        { ...strict, description: 'The public half of the pair, sent along where it is a secret too. Absent: it is not sent.' },
      ),
    ),
  },
  strict,
)
export type Hmac = Static<typeof Hmac>

export const Auth = Type.Union(
  [
    Type.Object(
      { type: Type.Literal('bearer', { description: '`Authorization: Bearer <secret>`.' }), secret: secretName('the token') },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('header', { description: 'A header of your choice.' }),
        name: parameter('Name of the header.', 'x-api-key'),
        prefix: Optional(Type.String({ maxLength: 100, description: 'Text before the secret, with its space.', examples: ['Token '] })),
        secret: secretName('the value'),
      },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('query', { description: 'A query parameter.' }),
        name: parameter('Name of the query parameter.', 'api_key'),
        secret: secretName('the value'),
      },
      strict,
    ),
    Type.Object(
      {
        type: Type.Literal('basic', { description: 'User name and password (HTTP Basic).' }),
        username: Type.String({
          maxLength: 200,
          pattern: '^[^:]*$',
          description: 'User name; it is no secret and has no colon.',
          examples: ['weaver'],
        }),
        secret: secretName('the password'),
      },
      strict,
    ),
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    Session,
    Hmac,
  ],
  {
    description:
      'How requests are authorised. Credentials are sent to the origin of `request.url` only, never to another that a link leads to.',
  },
)
export type Auth = Static<typeof Auth>

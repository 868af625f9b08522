import type { Json, JsonObject } from '@data-weaver/contracts'
import { lookup } from '../src/path.ts'
import { htmlText } from './html-text.ts'

/**
 * The fields of a post's record. Of a boost, who boosted and when are its own, and what is said is that of the post that it boosts.
 * A value that a server does not give is null, so that one of before does not stay in the document.
 */
export function postFields(id: string, post: JsonObject, boosted: JsonObject | undefined): JsonObject {
  const said = boosted ?? post
  const content = text(said, 'content') ?? ''
  return {
    id,
    uri: text(post, 'uri'),
    url: text(said, 'url') ?? text(said, 'uri'),
    created_at: text(post, 'created_at'),
    edited_at: text(said, 'edited_at'),
    account: accountFields(post.account),
    text: htmlText(content),
    content,
    spoiler_text: text(said, 'spoiler_text') ?? '',
    language: text(said, 'language'),
    tags: listOf(said.tags).flatMap((tag) => text(tag, 'name') ?? []),
    mentions: listOf(said.mentions).map(mentionFields),
    media: listOf(said.media_attachments).map(mediaFields),
    visibility: text(said, 'visibility'),
    sensitive: said.sensitive === true,
    in_reply_to_id: text(said, 'in_reply_to_id'),
    replies_count: count(said, 'replies_count'),
    boosts_count: count(said, 'reblogs_count'),
    favourites_count: count(said, 'favourites_count'),
    boost_of: boosted === undefined ? null : boostedFields(boosted),
  }
}

function accountFields(account: Json | undefined): JsonObject {
  return {
    id: text(account, 'id'),
    acct: text(account, 'acct'),
    display_name: text(account, 'display_name'),
    url: text(account, 'url'),
    bot: lookup(account, ['bot']) === true,
  }
}

const mentionFields = (mention: Json): JsonObject => ({ acct: text(mention, 'acct'), url: text(mention, 'url') })

const mediaFields = (media: Json): JsonObject => ({
  type: text(media, 'type'),
  url: text(media, 'url') ?? text(media, 'remote_url'),
  preview_url: text(media, 'preview_url'),
  description: text(media, 'description'),
})

const boostedFields = (post: JsonObject): JsonObject => ({
  id: text(post, 'id'),
  url: text(post, 'url') ?? text(post, 'uri'),
  created_at: text(post, 'created_at'),
  account: accountFields(post.account),
})

const text = (value: Json | undefined, name: string): string | null => {
  const found = lookup(value, [name])
  return typeof found === 'string' ? found : null
}
const count = (value: Json, name: string): number | null => {
  const found = lookup(value, [name])
  return typeof found === 'number' ? found : null
}
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])

import { systemClock } from '@data-weaver/contracts'
import { expect, it } from 'vitest'
import { htmlText } from './html-text.ts'

it.each([
  ['', ''],
  ['plain', 'plain'],
  ['<p>one</p><p>two<br>three<br/>four</p>', 'one\n\ntwo\nthree\nfour'],
  ['<p>a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39; &eacute; &#x1F600; &nbsp;f</p>', `a & b <c> "d" 'e' é 😀 \u00a0f`],
  [
    '<p>see <a href="https://x.example/a/b"><span class="invisible">https://</span><span class="ellipsis">x.example/a</span><span class="invisible">/b</span></a>.</p>',
    'see https://x.example/a/b.',
  ],
  ['<p><span class="h-card">@<span>ada</span></span> hi <a>#<span>tag</span></a></p>', '@ada hi #tag'],
  ['<ul><li>one</li><li><p>two</p></li></ul><p>after</p>', '- one\n- two\n\nafter'],
  ['<blockquote><p>quoted</p></blockquote>said', 'quoted\n\nsaid'],
  ['<pre><code>a\n  b</code></pre>\n<p> c\n d </p>', 'a\n  b\n\nc d'],
  ['a <b>b</b> <i>c</i>\n\n  d', 'a b c d'],
  ['<p>x</p>\n<p>y</p>\n', 'x\n\ny'],
  ['one<br><br>two', 'one\n\ntwo'],
  ['<script>alert(1)</script><style>p{}</style>shown', 'shown'],
  ['<img src="x" alt="a blob cat">', 'a blob cat'],
  ['<p>never closed <b>bold', 'never closed bold'],
  ['</p></div>stray', 'stray'],
  ['1 < 2 & 3', '1 < 2 & 3'],
  ['<p>日本語 العربية</p>', '日本語 العربية'],
])('%j is %j', (html, text) => {
  expect(htmlText(html)).toBe(text)
})

it.each(['<', '<p>', ' ', '\n', '&', '<br>', '<li> ', '<div>', 'a <br>', '<pre> '])(
  'much of %j takes a time that grows with its length',
  (part) => {
    const startedAt = systemClock.monotonic()
    htmlText(part.repeat(200_000))
    expect(systemClock.monotonic() - startedAt).toBeLessThan(3000)
  },
)

it('elements that are opened and never closed, and the other way round, take no long time', () => {
  const startedAt = systemClock.monotonic()
  htmlText('<div>'.repeat(20_000) + '</b>'.repeat(25_000))
  expect(systemClock.monotonic() - startedAt).toBeLessThan(5000)
})

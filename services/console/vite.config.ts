import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npx -y pnpm@12 start` listens; `pnpm dev` passes requests of the API on to it. */
const api = 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // A data: address is refused by the policy of the page, so nothing is put into the code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': { target: api, changeOrigin: false, ws: true } } },
})

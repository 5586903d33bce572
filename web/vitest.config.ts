/* Unit tests of the data layer, and tests of the built page in Chromium. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 1, // a browser on a busy machine; what needed it is printed
    pool: 'forks',
    poolOptions: { forks: { singleFork: true } },
  },
});

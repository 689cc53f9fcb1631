/** @type {import('jest').Config} */
// biome-ignore lint/style/noDefaultExport: Jest reads the default export.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testSequencer: '<rootDir>/tests/longest-first.ts',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
};

import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist', 'src/lib/api/schema.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  // TypeScript itself knows which names exist.
  { files: ['**/*.ts', '**/*.svelte'], rules: { 'no-undef': 'off' } },
  {
    rules: {
      // Our content security policy forbids raw HTML.
      'svelte/no-at-html-tags': 'error',
      // Links are ours, not SvelteKit's.
      'svelte/no-navigation-without-resolve': 'off',
      // Built-in maps and queries are used where nothing needs to react to them.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
);

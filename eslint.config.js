import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** What each room may import of ours; `test/house.test.ts` proves the whole table, npm packages included. */
const rooms = {
  domain: [],
  workflows: ['domain'],
  activities: ['domain'],
  api: ['domain', 'workflows/messages.ts'],
  platform: ['domain'],
  client: [],
  sandbox: [],
  demo: ['client'],
}
/** What a room may import of ours as types only. */
const typeRooms = { workflows: ['activities'] }
const all = [
  'domain',
  'workflows',
  'activities',
  'api',
  'platform',
  'client',
  'sandbox',
  'demo',
  'bin',
  'test',
]

/** The rooms closed to `room`: those it may import as types only, or the others. */
const restrict = (room, allowed, allowTypeImports) => ({
  group: all
    .filter((other) => other !== room && !allowed.includes(other))
    .filter((other) => (typeRooms[room] ?? []).includes(other) === allowTypeImports)
    .flatMap((other) => [`../${other}/**`, `../../${other}/**`])
    .concat(
      allowed.filter((path) => path.endsWith('.ts')).flatMap((path) => [`!../${path}`, `!../../${path}`]),
    ),
  allowTypeImports,
  message: `${room}/ may import of ours only: ${allowed.join(', ') || 'nothing'} (see test/house.test.ts).`,
})

/** Editor-time version of the house: a relative import into a room that is not allowed is an error. */
const border = (room, allowed) => ({
  files: [`${room}/**/*.ts`],
  ignores: ['api/server.ts', 'sandbox/server.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          restrict(room, allowed, false),
          ...(typeRooms[room] ? [restrict(room, allowed, true)] : []),
          ...(room === 'workflows'
            ? [
                {
                  group: ['node:*'],
                  message: 'The workflow sandbox has no Node built-ins.',
                },
              ]
            : []),
        ],
      },
    ],
  },
})

export default tseslint.config(
  { ignores: ['node_modules/', '**/dist/', '.postern/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['bin/**/*.ts', '**/server.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  ...Object.entries(rooms).map(([room, allowed]) => border(room, allowed)),
)

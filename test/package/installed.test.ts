/**
 * What is published: installed into an empty, strict project it compiles, runs the README's example, and brings what it
 * points to.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { ROOT, text } from '../architecture/source.js';
import { skipped, suite } from '../support/harness.js';
import { compile, installPackage, node, removeProject, type Project } from './installed.js';

const test = suite('installed package');

/** The README's library example, which is JavaScript and, word for word, strict TypeScript. */
const EXAMPLE =
  [...text('README.md').matchAll(/^```js\n([\s\S]*?)^```/gm)]
    .map(([, body]) => body)
    .find((body) => body.includes("from 'weftgrad'")) ?? '';
/** What a page does, and what a CommonJS module does. */
const BROWSER =
  "import { Device, nn, tensor, type Tensor } from 'weftgrad/browser';\nexport const f = async (): " +
  'Promise<Tensor> => new nn.Linear(2, 3).forward(tensor(await Device.create(), [[1, 2]]));\n';
const COMMON =
  "import weft = require('weftgrad');\nexport const f = (): Promise<weft.Device> => weft.Device.create({ " +
  "adapter: 'llvmpipe' });\n";
const GPU =
  "import { Device } from 'weftgrad';\nexport const f = async (): Promise<number> => (await " +
  'Device.create()).gpu.limits.maxBufferSize;\n';

let project: Project;
/** Its files, as paths with slashes from its folder. */
let files: string[];
test.before(() => {
  project = installPackage();
  files = (readdirSync(project.package, { recursive: true }) as string[]).map((f) => f.replaceAll('\\', '/'));
  for (const [name, body] of Object.entries({
    'example.mts': EXAMPLE,
    'example.mjs': EXAMPLE,
    'page.mts': BROWSER,
    'common.cts': COMMON,
    'gpu.mts': GPU,
  }))
    writeFileSync(join(project.folder, name), body);
});
test.after(() => removeProject(project));

const read = (file: string): string => readFileSync(join(project.package, file), 'utf8');

/**
 * Node's types and none of WebGPU's; the DOM's, which have WebGPU's since TypeScript 6.0; those of @webgpu/types, which
 * ask for an older DOM's.
 */
for (const [name, sources, options] of [
  ['nodenext', ['example.mts', 'page.mts', 'common.cts'], { module: 'NodeNext', types: ['node'] }],
  [
    'bundler with the DOM’s types',
    ['example.mts', 'page.mts', 'gpu.mts'],
    { module: 'ESNext', moduleResolution: 'bundler', lib: ['ES2023', 'DOM'] },
  ],
  ['nodenext with @webgpu/types', ['gpu.mts'], { module: 'NodeNext', types: ['@webgpu/types'], skipLibCheck: true }],
] as const) {
  test(`${name}: the README’s example, a page and a CommonJS module compile under strict`, () =>
    compile(project, name.replace(/\W/g, ''), sources, options));
}

test('the README’s example trains a model and prints its accuracy', async () => {
  const { code, output } = await node(project, ['example.mjs']);
  assert.is(code, 0, output);
  const accuracy = Number(/test accuracy ([\d.]+) %/.exec(output)?.[1]);
  assert.ok(accuracy > 60, output);
});

test('docs/examples/custom_op, an op with its own WGSL, is checked and trained', async () => {
  for (const file of ['snake.wgsl', 'train.mjs'])
    writeFileSync(join(project.folder, file), text(`docs/examples/custom_op/${file}`));
  const lines = ['snake.wgsl', 'train.mjs'].map(
    (file) => text(`docs/examples/custom_op/${file}`).trimEnd().split('\n').length,
  );
  assert.ok(lines[0] + lines[1] < 60, `${lines.join(' and ')} lines`);
  const { code, output } = await node(project, ['train.mjs']);
  assert.is(code, 0, output);
  assert.match(output, /gradient right: true\nSequential\( +# 50,890 parameters\n[^]*\(2\): Snake\(\)/);
  assert.ok(Number(/test accuracy ([\d.]+) %/.exec(output)?.[1]) > 60, output);
});

const CAN_REQUIRE = (process.features as unknown as { readonly require_module?: boolean }).require_module === true;
if (!CAN_REQUIRE) skipped.push(`installed package: require (Node ${process.version} cannot require modules)`);
else {
  test('require gives the same library, without a warning', async () => {
    const { code, output } = await node(project, [
      '-p',
      "const w = require('weftgrad'); [typeof w.Device.create, typeof w.nn.Conv2d, typeof " +
        "require('weftgrad/browser').Device.create].join()",
    ]);
    assert.equal([code, output], [0, 'function,function,function\n']);
  });
}

test('its command line runs', async () => {
  const { code, output } = await node(project, [join(project.package, 'scripts', 'weft.mjs'), 'summary', 'lenet5']);
  assert.is(code, 0, output);
  assert.match(output, /61,?706/); // LeNet-5's parameters
});

test('its course runs from it: exercises are handed out, checked and solved', async () => {
  const learn = (...words: string[]): Promise<{ code: number | null; output: string }> =>
    node(project, [join(project.package, 'scripts', 'weft.mjs'), 'learn', ...words]);
  assert.is((await learn('start', '3')).code, 0);
  const asGiven = await learn('check', '3', 'add');
  assert.is(asGiven.code, 8, asGiven.output);
  assert.ok(asGiven.output.includes('nothing is written at all'), asGiven.output);
  const solution = read('docs/lessons/03-kernel/solution/add.wgsl');
  writeFileSync(join(project.folder, 'weft-learn', '03-kernel', 'add.wgsl'), solution);
  const solved = await learn('check', '3', 'add');
  assert.is(solved.code, 0, solved.output);
});

test('its charts have their fonts, and it has no others', () => {
  assert.equal(files.filter((f) => /\.(ttf|otf|woff2?)$/.test(f)).sort(), [
    'dist/fonts/DejaVuSans-Bold.ttf',
    'dist/fonts/DejaVuSans.ttf',
  ]);
  assert.ok(files.includes('dist/fonts/LICENSE'));
});

test('no source map, and no mention of one, leads nowhere', () => {
  assert.equal(
    files.filter((f) => f.endsWith('.map')),
    [],
  );
  assert.equal(
    files.filter((f) => /\.(js|mjs|ts|css)$/.test(f) && /^\/[/*]# sourceMappingURL=(?!data:)/m.test(read(f))),
    [],
  );
});

test('every module that its modules import is in it, or in a package that it asks for', () => {
  const asked = JSON.parse(read('package.json')) as Readonly<
    Record<'dependencies' | 'optionalDependencies' | 'peerDependencies', Record<string, string>>
  >;
  const dependencies = { ...asked.dependencies, ...asked.optionalDependencies, ...asked.peerDependencies };
  const missing = files
    .filter((f) => /^(dist\/(src|bench|test)|scripts)\/.*\.m?js$/.test(f))
    .flatMap((f) => {
      const named = [
        ...read(f).matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
      ].map(([, a, b, c]) => a ?? b ?? c);
      return named
        .filter(
          (to) =>
            !(to.startsWith('.')
              ? existsSync(join(project.package, dirname(f), to))
              : /^(node:|#platform$)/.test(to) || to.replace(/^((?:@[^/]+\/)?[^/]+).*/, '$1') in dependencies),
        )
        .map((to) => `${f}: ${to}`);
    });
  // Bundling is part of building: a published package never does it.
  assert.equal(missing, ['scripts/lib/bundle.mjs: vite']);
});

test('its pages’ links lead somewhere', () => {
  const broken = files
    .filter((f) => f.endsWith('.md'))
    .flatMap((f) =>
      [...read(f).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .filter(([, to]) => !existsSync(join(project.package, dirname(f), to)))
        .map(([, to]) => `${f}: ${to}`),
    );
  assert.equal(broken, []);
});

test('nothing of the checkout’s own tests travels but what the benchmarks use', () => {
  assert.equal(
    files.filter((f) => /\.test\.|golden/.test(f)),
    [],
  );
  assert.ok(existsSync(join(ROOT, 'test', 'golden')));
});

test.run();

/** Imports run one way only, and only two folders know that there is Node. */
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { filesBelow, importsOf, resolveImport, text, type Import } from './source.js';

const test = suite('imports');

/** A folder may import from itself and from those before it. */
const LAYERS = [
  'text',
  'platform',
  'device',
  'collective',
  'tensor',
  'kernels',
  'measure',
  'autograd',
  'cases',
  'nn',
  'onnx',
  'data',
  'optim',
  'train',
  'inference',
  'report',
  'diagnose',
  'cells',
  'search',
  'retrieval',
  'teach',
  'vae',
  'imbalance',
  'learn',
  'explain',
  'page',
  'cli',
];
const NODE_LAYERS = ['platform', 'cli'];
/** The same for bench, which may import all of src. bench/command.ts, its entry, may import from all of them. */
const BENCH_LAYERS = ['shared', 'kernels', 'train', 'verdict', 'compare', 'campaign', 'commands'];

const sources = filesBelow('src').filter((f) => f.endsWith('.ts'));
const benchSources = filesBelow('bench').filter((f) => f.endsWith('.ts'));
const layerOf = (file: string): number => LAYERS.indexOf(file.split('/')[1]);
const benchLayerOf = (file: string): number => BENCH_LAYERS.indexOf(file.split('/')[1]);

interface Edge extends Import {
  readonly file: string;
  readonly target: string | null;
}
const edgesOf = (files: readonly string[]): Edge[] =>
  files.flatMap((file) => importsOf(file).map((i) => ({ file, ...i, target: resolveImport(file, i.specifier) })));

const named = (found: readonly Edge[]): string[] => found.map((e) => `${e.file}: ${e.specifier}`);

/** [file, what it imports] for every import of src, and of bench. */
const edges = edgesOf(sources);
const benchEdges = edgesOf(benchSources);

test('the parser sees imports at all', () => {
  assert.ok(edges.length > (3 * sources.length) / 2, `${edges.length} imports in ${sources.length} files`);
  assert.ok(
    edges.some((e) => e.isTypeOnly) &&
      edges.some((e) => e.specifier === '#platform') &&
      edges.some((e) => e.target === null),
  );
});

test('every file of src lies in a layer, except the entries', () => {
  assert.equal(
    sources.filter((f) => layerOf(f) < 0),
    ['src/browser.ts', 'src/index.ts', 'src/library.ts', 'src/types.ts'].filter((f) => sources.includes(f)),
  );
});

test('every file of bench lies in a layer, except the entry', () =>
  assert.equal(
    benchSources.filter((f) => benchLayerOf(f) < 0),
    ['bench/command.ts'],
  ));

test('every relative import names an existing source with .js', () => {
  const all = [...sources, ...benchSources];
  const broken = [...edges, ...benchEdges].filter(
    (e) =>
      e.target !== null && !(all.includes(e.target) && (e.specifier.endsWith('.js') || e.specifier === '#platform')),
  );
  assert.equal(named(broken), []);
});

test('a layer imports only from itself and from those below it', () => {
  const upward = edges.filter(
    (e) => e.target !== null && layerOf(e.file) >= 0 && (layerOf(e.target) < 0 || layerOf(e.target) > layerOf(e.file)),
  );
  assert.equal(named(upward), []);
});

test('a layer of bench imports from src, from itself and from those before it', () => {
  const within = benchEdges.filter((e) => e.target?.startsWith('bench/'));
  assert.ok(within.length > benchSources.length, `${within.length} imports in ${benchSources.length} files`);
  const upward = (found: readonly Edge[]): string[] =>
    found
      .filter(({ file, target }) => target !== null && !target.startsWith('src/') && benchLayerOf(file) >= 0)
      .filter(({ file, target }) => benchLayerOf(target ?? '') < 0 || benchLayerOf(target ?? '') > benchLayerOf(file))
      .map((e) => `${e.file}: ${e.specifier}`);
  assert.equal(upward(benchEdges), []);
  const back = ['bench/kernels/shapes.ts', 'bench/command.ts', 'test/support/harness.ts'].map((target) => ({
    ...within[0],
    file: 'bench/shared/numbers.ts',
    target,
  }));
  assert.is(upward(back).length, back.length, 'a way back, the entry and a test would be found');
});

test('the platform is reached as #platform only, so that it can be exchanged', () => {
  const direct = edges.filter(
    (e) => e.target?.startsWith('src/platform/') && e.specifier !== '#platform' && !e.file.startsWith('src/platform/'),
  );
  assert.equal(named(direct), []);
});

test('only platform and cli import from Node', () => {
  const node = edges.filter((e) => e.specifier.startsWith('node:') && !NODE_LAYERS.includes(e.file.split('/')[1]));
  assert.equal(named(node), []);
  const builtins = edges.filter((e) =>
    /^(fs|path|os|url|util|zlib|crypto|process|child_process|worker_threads)(\/|$)/.test(e.specifier),
  );
  assert.equal(
    builtins.map((e) => `${e.file}: ${e.specifier}`),
    [],
  );
});

test('WebGPU is opened by the platform, yargs belongs to the command line', () => {
  const strays = edges.filter(
    (e) =>
      (e.specifier === 'webgpu' && !e.file.startsWith('src/platform/')) ||
      (/^yargs\b/.test(e.specifier) && !e.file.startsWith('src/cli/')),
  );
  assert.equal(
    strays.map((e) => `${e.file}: ${e.specifier}`),
    [],
  );
});

test('src imports nothing from test or bench', () => {
  assert.equal(
    edges.filter((e) => e.target !== null && !e.target.startsWith('src/')).map((e) => `${e.file}: ${e.specifier}`),
    [],
  );
});

test('what help needs loads nothing that computes, decodes or draws', () => {
  const seen = new Set<string>();
  const walk = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, types, specifier] of text(file).matchAll(/^import\s+(type\s+)?[^;']*'([^']+)';/gm)) {
      const target = resolveImport(file, specifier);
      assert.ok(types !== undefined || target !== null || specifier.startsWith('node:'), `${file} loads ${specifier}`);
      if (types === undefined && target !== null) walk(target);
    }
  };
  for (const file of ['src/cli/main.ts', 'bench/command.ts']) walk(file);
  assert.equal(
    [...seen].filter((f) =>
      /^src\/(platform|tensor|autograd)\/|^src\/(kernels|device)\/(?!images\/augment_settings|errors)/.test(f),
    ),
    [],
  );
  assert.ok(seen.size > 20 && seen.size < 60, `${seen.size} files`);
});

/** The file and all that it imports, directly or not. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { specifier } of importsOf(file)) {
    const target = resolveImport(file, specifier);
    if (target !== null) closure(target, seen);
  }
  return seen;
}

test('what `weft bench` needs is published with the package, and its packages are dependencies', () => {
  const { files, dependencies, peerDependencies } = JSON.parse(text('package.json')) as {
    files: string[];
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const needed = [...closure('bench/train/train_child.ts', closure('bench/command.ts'))];
  assert.equal(
    needed.filter((f) => f.startsWith('test/')),
    [],
  );
  assert.ok(
    needed.includes('src/cases/ops/conv.ts') && needed.includes('bench/train/workloads.ts'),
    'the walk sees them',
  );
  const isShipped = (file: string): boolean =>
    files.some((f) => `dist/${file}`.startsWith(`${f}/`) || f === `dist/${file.replace(/\.ts$/, '.js')}`);
  assert.equal(
    needed.filter((f) => !isShipped(f)),
    [],
  );
  const packages = needed.flatMap((f) =>
    importsOf(f)
      .filter((i) => !i.isTypeOnly && !/^(\.|#|node:)/.test(i.specifier))
      .map((i) =>
        i.specifier
          .split('/')
          .slice(0, i.specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  );
  assert.equal(
    [...new Set(packages)].filter((p) => !(p in dependencies) && !(p in peerDependencies)),
    [],
  );
});

/** The first circle of imports among some files; null where there is none. */
function circleAmong(files: readonly string[], isCounted: (i: Import) => boolean): string | null {
  const imported = new Map(
    files.map((f) => [
      f,
      importsOf(f)
        .filter(isCounted)
        .flatMap((i) => resolveImport(f, i.specifier) ?? []),
    ]),
  );
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, path: readonly string[]): string | null => {
    if (state.get(file) === 'done') return null;
    if (state.get(file) === 'open') return [...path.slice(path.indexOf(file)), file].join(' -> ');
    state.set(file, 'open');
    for (const next of imported.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle !== null) return circle;
    }
    state.set(file, 'done');
    return null;
  };
  return files.map((file) => visit(file, [])).find((circle) => circle !== null) ?? null;
}

test('no cycles between files, type imports aside', () =>
  assert.is(
    circleAmong(sources, (i) => !i.isTypeOnly),
    null,
  ));

test('but in the device no cycles at all: a type that two files share lies below both', () => {
  const files = [...sources, ...benchSources].filter((f) => !f.startsWith('src/device/'));
  assert.ok(files.length > 400, `${files.length} files`);
  assert.is(
    circleAmong(files, () => true),
    null,
  );
});

/** Whose business a whole configuration is: who writes it down, splits it, makes it of options, or runs it. */
const KNOW_THE_WHOLE = [
  'src/library.ts',
  'src/train/index.ts',
  'src/cli/cells/compare_table.ts',
  'src/cli/commands/lr_find.ts',
  'src/cli/commands/train.ts',
  'src/cli/options/search_plan.ts',
  'src/cli/options/train/training_config.ts',
  'src/cli/schema/run_config.ts',
  'src/cli/training_run.ts',
  'src/imbalance/config.ts',
  'src/imbalance/stages.ts',
  'src/index.ts',
  'src/report/compare/comparison.ts',
  'src/report/run_folder.ts',
  'src/train/checkpoint/checkpoint_header.ts',
  'src/train/config.ts',
  'src/train/lr_find.ts',
  'src/train/prepare.ts',
  'src/train/trainer.ts',
];

test('few know the whole configuration of a run: who needs a part is handed that part', () =>
  assert.equal(
    sources.filter((f) => /\bTrainConfig\b/.test(text(f)) && !KNOW_THE_WHOLE.includes(f)),
    [],
  ));

test.run();

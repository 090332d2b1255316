/** `weft index`: vectors of the images of a data set, to search. */
import { absolutePath } from '#platform';
import { expectedNormalization } from '../../train/normalization.js';
import { readPretrained } from '../../train/pretrained.js';
import { fetchNamed } from '../../train/published/fetch_weights.js';
import { isNamed, namedWeights } from '../../train/published/named_weights.js';
import { UsageError } from '../../device/errors.js';
import { modelSpec } from '../../nn/models/registry.js';
import { buildIndex } from '../../retrieval/build_index.js';
import type { FeatureSource } from '../../retrieval/feature_source.js';
import { checkIndexFolder, writeIndex } from '../../retrieval/index_folder.js';
import type { IndexReading } from '../../retrieval/index_manifest.js';
import { openSource, weightsDigest } from '../../retrieval/open_feature_source.js';
import { readCheckpoint, type Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { RunFolder } from '../../report/run_folder.js';
import { requireNames, withBrands } from '../brands.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { imageConfig, loadFor } from '../options/images.js';
import { resolveOptions } from '../options/options.js';
import { printJson, say } from '../output.js';
import { isOwnName } from '../own/own_names.js';
import { ownFolder } from '../own_folder.js';
import { LiveLine } from '../progress.js';
import { labelDoubts, sayWarnings } from '../run_notes.js';
import { INDEX_OPTIONS } from '../options/retrieval_options.js';

type Options = Readonly<Record<string, unknown>>;

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(INDEX_OPTIONS, argv);
  const out = String(o['out']);
  if (o['brands'] !== undefined && o['brand-from'] === undefined)
    throw new UsageError('--brands says nothing without the column of names', { fix: 'give --brand-from COLUMN too' });
  await ownFolder(out, () => makeIndex(argv, o, out));
}

async function makeIndex(argv: Parsed, o: Options, out: string): Promise<void> {
  await checkIndexFolder(out, o['force'] === true);
  const { reading, sourceOf } =
    argv['run'] === undefined ? await withoutRun(o) : await ofRun(new RunFolder(String(argv['run'])), o);
  const splits = await loadFor(reading.data, reading);
  if (o['brand-from'] !== undefined) requireNames(splits, String(o['brand-from']));
  const source = await sourceOf(splits.train.channels, splits.train.width);
  await withDevice(argv, async (device) => {
    const started = performance.now();
    const maker = await openSource(device, source);
    const line = new LiveLine();
    const { contents, rows } = await buildIndex(maker, splits, (done, total) =>
      line.show(`${done} of ${total} images`),
    ).finally(() => {
      line.end();
      maker.release();
    });
    const seconds = (performance.now() - started) / 1000;
    const branded =
      o['brand-from'] === undefined
        ? null
        : await withBrands(contents, String(o['brand-from']), o['brands'] === undefined ? null : String(o['brands']));
    const columns = branded?.columns ?? contents.columns;
    await writeIndex(out, { source, reading, ...contents, columns }, rows);
    const { count, width, label } = contents;
    sayWarnings(labelDoubts(label, new Set(contents.labels)));
    say(
      `${out}: ${count} images, vectors of ${width}; ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} images/s`,
    );
    if (argv['json'] === true)
      printJson({
        out,
        count,
        width,
        label,
        columns: Object.keys(columns),
        source,
        brands: branded?.report ?? null,
        seconds,
        imagesPerSecond: count / seconds,
      });
  });
}

interface Plan {
  readonly reading: IndexReading;
  /** @param channels of the images that were read. @param side theirs. */
  readonly sourceOf: (channels: number, side: number) => Promise<FeatureSource>;
}

/** The tables' options of the command line. */
async function tableOptions(
  o: Options,
): Promise<Pick<IndexReading, 'label' | 'imageColumn' | 'where' | 'encoding' | 'imageRoot'>> {
  const { label, imageColumn, where, encoding, imageRoot } = await imageConfig(o);
  return {
    ...(label === undefined ? {} : { label }),
    ...(imageColumn === undefined ? {} : { imageColumn }),
    ...(where === undefined ? {} : { where }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(imageRoot === undefined ? {} : { imageRoot }),
  };
}

async function ofRun(folder: RunFolder, o: Options): Promise<Plan> {
  const isOwnModel = isOwnName(String(o['model']));
  const given = [...(isOwnModel ? [] : ['model']), 'pretrained', 'raw-pixels', 'image-size', 'crop'].find(
    (name) => o[name] !== undefined,
  );
  if (given !== undefined)
    throw new UsageError(`--${given} is what the run says itself`, { fix: 'leave it out, or leave the run out' });
  const { header, file }: Checkpoint = await readCheckpoint(folder.file('best.safetensors'));
  const {
    data,
    seed,
    imageSize,
    crop,
    label,
    imageColumn,
    where,
    group,
    encoding,
    imageRoot,
    near,
    testSplit,
    keepDuplicates,
  } = header.config;
  const isOwn = absolutePath(data) === absolutePath(String(o['data']));
  // so the test part is that of the training
  const own = isOwn ? { label, imageColumn, where, group, encoding, imageRoot, near, testSplit, keepDuplicates } : {};
  const table = await tableOptions(o);
  const other = (['label', 'where'] as const).find(
    (name) => isOwn && table[name] !== undefined && table[name] !== header.config[name],
  );
  if (other !== undefined)
    say(
      `where the data name no test part, this index has another than the run (--${other} is not its): pictures ` +
        `that it was trained on may be in it`,
    );
  return {
    reading: {
      data: String(o['data']),
      seed,
      ...(imageSize ? { imageSize } : {}),
      ...(crop ? { crop } : {}),
      ...own,
      ...table,
    },
    sourceOf: async (_, side) => ({
      kind: 'network',
      model: header.model,
      input: header.input,
      weights: file,
      digest: await weightsDigest(file),
      layer: layerOf(o),
      imageSize: side,
      normalization: header.normalization,
    }),
  };
}

async function withoutRun(o: Options): Promise<Plan> {
  const reading = { data: String(o['data']), seed: 0, ...(await tableOptions(o)) };
  if (o['raw-pixels'] !== undefined) {
    const given = ['model', 'pretrained', 'layer', 'image-size', 'crop'].find((name) => o[name] !== undefined);
    if (given !== undefined)
      throw new UsageError(`--${given} says nothing with --raw-pixels`, { fix: 'leave one of them out' });
    const imageSize = Number(o['raw-pixels']);
    return {
      reading: { ...reading, imageSize },
      sourceOf: async (channels) => ({ kind: 'pixels', channels, imageSize }),
    };
  }
  if (o['model'] === undefined || o['pretrained'] === undefined)
    throw new UsageError('whose vectors?', { fix: 'name a run, or give --model and --pretrained, or --raw-pixels 32' });
  const [model, given] = [String(o['model']), String(o['pretrained'])];
  const weights = await fetchNamed(given, model);
  const spec = modelSpec(model);
  const published = isNamed(given) ? namedWeights(given, model) : null;
  const crop = o['crop'] === undefined ? (published?.crop ?? spec.input.width) : Number(o['crop']);
  // torchvision's proportion
  const proportion = (published?.resize ?? 256) / 224;
  const imageSize = o['image-size'] === undefined ? Math.round(crop * proportion) : Number(o['image-size']);
  if (crop > imageSize)
    throw new UsageError(`--crop ${crop} is more than --image-size ${imageSize}`, {
      fix: 'e.g. --image-size 256 --crop 224',
    });
  // before thousands of pictures are decoded
  const normalization = expectedNormalization(model, await readPretrained(weights));
  const digest = await weightsDigest(weights);
  return {
    reading: { ...reading, imageSize, crop },
    sourceOf: async () => ({
      kind: 'network',
      model,
      input: { ...spec.input, height: crop, width: crop },
      weights,
      digest,
      layer: layerOf(o),
      imageSize,
      normalization,
    }),
  };
}

function layerOf(o: Options): string | null {
  return o['layer'] === undefined ? null : String(o['layer']);
}

/** The cells of `weft imbalance`: a method, a number of images of each minority class, a seed. */
import { fileInfo } from '#platform';
import type { CellNeeds, PlannedCell } from '../../cells/cell.js';
import type { ImageDataset } from '../../data/dataset.js';
import { readDataFile } from '../../data/files/data_file.js';
import { decodeText } from '../../data/tables/text.js';
import type { Device } from '../../device/device.js';
import { DataError, InterruptedError } from '../../device/errors.js';
import { withFolder } from '../../device/files/outputs.js';
import { attributeVectors, nameVectors } from '../../imbalance/class_vectors.js';
import { stageFolders, type Cell, type ClassVectors, type ImbalanceConfig } from '../../imbalance/config.js';
import { fingerprint, fingerprintParts, sourcesDigest, type Fingerprint } from '../../imbalance/fingerprint.js';
import { checkCells, finishedCell, runCell, type CellResult } from '../../imbalance/run_cell.js';
import type { ImbalanceRun, StageHooks } from '../../imbalance/stages.js';
import { openTuned } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { loadFor } from '../options/images.js';
import type { ImbalancePlan } from '../options/imbalance_plan.js';
import { reportPretrained } from '../options/train/transfer.js';
import { duration, percent, say, showLive } from '../output.js';
import { ProgressLine } from '../progress.js';
import { StopSignals } from '../stop_signals.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { nameAt, unknownCell, type CellTable, type Outcome, type Place } from './cell_table.js';

type Data = ImbalanceRun['data'];
type Folders = ReturnType<typeof stageFolders>;

export class ImbalanceTable implements CellTable {
  readonly folder: string;
  readonly cells: readonly PlannedCell[];
  readonly adapter: string;
  readonly results = new Map<string, CellResult>();
  readonly #config: ImbalanceConfig;
  readonly #of = new Map<string, { readonly cell: Cell; readonly folders: Folders }>();
  readonly #needs: CellNeeds;
  #open: { readonly device: Device; readonly data: Data; readonly stop: StopSignals } | null;
  readonly #began = performance.now();
  #computed = 0;

  private constructor(device: Device, data: Data, about: Fingerprint, plan: ImbalancePlan) {
    this.folder = plan.out;
    this.#config = plan.config;
    this.adapter = about.adapter;
    const { kernels, adapter } = about;
    this.#needs = { data: sourcesDigest(about), adapter, ...(kernels === null ? {} : { kernels }) };
    this.#open = { device, data, stop: new StopSignals() };
    const parts = fingerprintParts(about);
    this.cells = plan.cells.map((cell): PlannedCell => {
      const folders = stageFolders(plan.config, cell, plan.out, parts);
      const key = folders.cell.replace(/^.*[\\/]/, '');
      this.#of.set(key, { cell, folders });
      return {
        key,
        group: `nf${cell.nF}-seed${cell.seed}`,
        label: `${cell.method.name}, n_f ${cell.nF}, seed ${cell.seed}`,
        result: `stages/${key}/result.json`,
        needs: this.#needs,
      };
    });
  }

  /** Reads the data and opens the device: the keys depend on both. @param where the data are, if elsewhere. */
  static async open(argv: Parsed, asked: ImbalancePlan, where?: string): Promise<ImbalanceTable> {
    const { network } = asked.config;
    const vectors = asked.vectors?.file == null ? null : await readVectors(asked.vectors.file);
    await prepareWeights(network);
    const { train, test } = await loadFor(where ?? network.data, network, argv);
    const classVectors = asked.vectors === null ? null : vectorsOf(train.classes, vectors);
    const plan = { ...asked, config: { ...asked.config, classVectors } };
    const data = { train, test: requireTest(train, test) };
    checkCells({ config: plan.config, data }, plan.cells);
    const device = await openTuned(argv);
    try {
      return new ImbalanceTable(device, data, await fingerprint(device, network, [train, data.test]), plan);
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  needsOf(): Promise<CellNeeds> {
    return Promise.resolve(this.#needs);
  }

  async compute(planned: PlannedCell, place: Place, tell: (progress: string) => void): Promise<Outcome> {
    if (this.#open === null) throw new Error('the table is closed');
    const { key } = planned;
    const own = this.#of.get(key);
    if (own === undefined) throw unknownCell(key);
    const { cell, folders } = own;
    const name = nameAt(planned, place);
    const { device, data, stop } = this.#open;
    let result = await finishedCell(folders);
    const isOld = result !== null;
    if (result === null) {
      if (stop.received !== null) throw new InterruptedError('stopped between two cells', stop.received);
      await sweep(folders);
      result = await computeCell({ device, config: this.#config, data }, cell, folders, name, stop, tell).catch(
        (error: unknown) => {
          if (error instanceof InterruptedError)
            say('finished cells are kept: the same command goes on where it stopped');
          throw error;
        },
      );
      this.#computed++;
    }
    this.results.set(key, result);
    const after = isOld ? ' (done before)' : this.#left(place);
    say(`${name}: acc ${percent(result.acc)}, acc_h ${percent(result.accH)}${after}`);
    return isOld ? 'before' : 'computed';
  }

  #left({ at, of }: Place): string {
    const spent = (performance.now() - this.#began) / 1000;
    const left = (spent / this.#computed) * (of - at);
    return `, ${duration(spent)} spent, about ${duration(left)} to go`;
  }

  /** Finds a cell that is done. */
  async find({ key }: PlannedCell): Promise<void> {
    const own = this.#of.get(key);
    const result = own === undefined || this.results.has(key) ? null : await finishedCell(own.folders);
    if (result !== null) this.results.set(key, result);
  }

  close(): void {
    this.#open?.stop.remove();
    this.#open?.device.destroy();
    this.#open = null;
  }
}

/** Of what a killed process has left half written in the folders of a cell. */
async function sweep({ latents, cell }: Folders): Promise<void> {
  for (const folder of [latents, cell])
    if (folder !== null && (await fileInfo(folder)) !== null) await withFolder(folder, async () => {});
}

function requireTest(train: ImageDataset, test: ImageDataset | null): ImageDataset {
  if (test !== null) return test;
  throw new DataError(`${train.name} has no test part, which the table is about`, {
    fix: 'give data with a test part, e.g. a test folder beside train',
  });
}

interface VectorFile {
  readonly file: string;
  readonly text: string;
}

/** A file of class vectors. @throws DataError when it cannot be read. */
async function readVectors(file: string): Promise<VectorFile> {
  return { file, text: decodeText(await readDataFile(file, { maxBytes: 2 ** 24 }), file).text };
}

/** What `cada` is told of the classes: a table, or their names. @throws DataError naming what is wrong. */
function vectorsOf(classes: readonly string[], table: VectorFile | null): ClassVectors {
  const { name, features } = table === null ? nameVectors(classes) : attributeVectors(table.text, table.file, classes);
  return { of: name, values: [...features] };
}

async function computeCell(
  run: Omit<ImbalanceRun, 'hooks'>,
  cell: Cell,
  folders: Folders,
  name: string,
  stop: StopSignals,
  tell: (progress: string) => void,
): Promise<CellResult> {
  const { epochs } = run.config.network;
  const line = new ProgressLine(epochs);
  const features = new FeatureLine();
  let stage = '';
  const hooks: StageHooks = {
    onStage: (what) => {
      say(`${name}: ${what}`);
      tell((stage = what));
      features.begin();
    },
    onPretrained: reportPretrained,
    onCompile: (done, total) => line.compile(done, total),
    onStep: (r) => line.step(r),
    onEpoch: (history) => {
      line.epoch(history[history.length - 1]);
      tell(`${stage}, after epoch ${history.length} of ${epochs}`);
    },
    onFeatures: (done, total) => features.show(done, total),
    interrupted: () => stop.received,
  };
  try {
    return await runCell({ ...run, hooks }, cell, folders);
  } finally {
    line.end();
  }
}

/** How far the backbone has come through a set of images; at its end, how long that took. */
class FeatureLine {
  #began = 0;

  begin(): void {
    this.#began = performance.now();
  }

  show(done: number, total: number): void {
    showLive(done === total ? '' : `features: ${done} of ${total}`);
    if (done < total) return;
    const seconds = (performance.now() - this.#began) / 1000;
    say(`features of ${total} images: ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} images/s`);
    this.begin();
  }
}

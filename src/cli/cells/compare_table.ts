/** The cells of `weft compare`: runs of one model from one seed, each in a folder of its own. */
import { fileInfo, joinPath } from '#platform';
import type { CellNeeds, PlannedCell } from '../../cells/cell.js';
import { loadNote, saveNote } from '../../cells/notes.js';
import type { DatasetSplits } from '../../data/dataset.js';
import { DivergedError, InterruptedError } from '../../device/errors.js';
import type { Cell, FinishedCell } from '../../report/compare/comparison.js';
import { readSummary, RunFolder } from '../../report/run_folder.js';
import { readCheckpoint } from '../../train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../train/config.js';
import { requireSameProvenance, splitsDigest } from '../../train/checkpoint/provenance.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { loadFor, loadOptionsOf } from '../options/images.js';
import type { Plan } from '../options/compare_plan.js';
import { say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { withOptions } from '../settings.js';
import { runTraining } from '../training_run.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { nameAt, unknownCell, type CellTable, type Outcome, type Place } from './cell_table.js';

const SUMMARY = 'summary.json';

export class CompareTable implements CellTable {
  readonly folder: string;
  readonly cells: readonly PlannedCell[];
  readonly finished = new Map<string, FinishedCell>();
  readonly diverged = new Map<string, Cell>();
  /** That the last run was computed on; '' when none was. */
  adapter = '';
  readonly #argv: Parsed;
  readonly #capture: boolean;
  readonly #runs: ReadonlyMap<string, Cell>;
  readonly #load: (config: TrainConfig) => Promise<DatasetSplits>;
  readonly #tried = new Set<string>();

  /**
   * @param argv the command line: which device, which tuned kernels. @param where the data are, where that is elsewhere
   * than the configurations say.
   */
  constructor(argv: Parsed, { out, cells, capture }: Pick<Plan, 'out' | 'cells' | 'capture'>, where?: string) {
    this.#argv = argv;
    this.#capture = capture;
    this.folder = out;
    this.#load = dataReader(argv, where);
    this.#runs = new Map(cells.map((cell) => [cell.name, cell]));
    this.cells = cells.map(({ name, label, config: { seed } }) => ({
      key: name,
      group: name,
      label: `${label}, seed ${seed}`,
      result: `${name}/${SUMMARY}`,
      needs: {},
    }));
  }

  async needsOf({ key }: PlannedCell): Promise<CellNeeds> {
    return { data: splitsDigest(await this.#load(this.#run(key).config)) };
  }

  async compute(planned: PlannedCell, place: Place): Promise<Outcome> {
    const name = nameAt(planned, place);
    const cell = this.#run(planned.key);
    // A run may be gone on with from elsewhere too (weft train --resume): each has a lock of its own beside the
    // group's.
    return ownFolder(cell.run, async () => {
      const before = await this.#before(planned);
      if (before !== null) {
        say(`${name}: ${before === 'diverged' ? 'diverged' : 'done'} before (${cell.run})`);
        return before;
      }
      say(`\n${name}`);
      return this.#train(planned, cell);
    });
  }

  async #train(planned: PlannedCell, cell: Cell): Promise<Outcome> {
    const folder = new RunFolder(cell.run);
    await this.#tryWeights(cell);
    const hasBegun = (await fileInfo(folder.file('last.safetensors'))) !== null;
    const resume = hasBegun ? await readCheckpoint(folder.file('last.safetensors')) : null;
    const splits = await this.#load(cell.config);
    try {
      // A device of its own for each: what a resumed run was tuned with does not reach the next one.
      const done = await withDevice(this.#argv, async (device) => {
        this.adapter = device.name;
        return runTraining(device, { config: cell.config, splits, out: folder, resume, capture: this.#capture });
      });
      this.finished.set(planned.key, { ...cell, summary: done.summary, history: done.result.history });
      return 'computed';
    } catch (error) {
      if (error instanceof InterruptedError) say('the same weft compare command goes on where it stopped');
      if (!(error instanceof DivergedError)) throw error;
      const text = withOptions(error.text);
      say(`diverged: ${text}`);
      const data = splitsDigest(splits);
      saveNote(this.folder, planned, { state: 'diverged', text, fix: null, exitCode: error.exitCode, data });
      this.diverged.set(planned.key, cell);
      return 'diverged';
    }
  }

  /** Finds a cell that is over; computes nothing. @throws DataError or ModelError when its data or weights changed. */
  async find(planned: PlannedCell): Promise<void> {
    if (!this.finished.has(planned.key) && !this.diverged.has(planned.key)) await this.#before(planned);
  }

  async #before(planned: PlannedCell): Promise<'before' | 'diverged' | null> {
    const cell = this.#run(planned.key);
    const folder = new RunFolder(cell.run);
    if ((await fileInfo(joinPath(cell.run, SUMMARY))) === null) {
      const note = await loadNote(this.folder, planned);
      if (note?.state !== 'diverged' || note.data !== splitsDigest(await this.#load(cell.config))) return null;
      this.diverged.set(planned.key, cell);
      return 'diverged';
    }
    const summary = await readSummary(folder);
    const checkpoint = await readCheckpoint(folder.file('last.safetensors'));
    await requireSameProvenance(checkpoint, () => this.#load(cell.config));
    this.finished.set(planned.key, { ...cell, summary, history: checkpoint.header.progress.history });
    return 'before';
  }

  /**
   * Looks at the weights that all cells start from, each file once. What has begun needs them no more.
   * @throws ModelError
   */
  async tryAllWeights(): Promise<void> {
    for (const cell of this.#runs.values()) await this.#tryWeights(cell);
  }

  async #tryWeights({ run, config }: Cell): Promise<void> {
    const what = `${config.model} ${config.pretrained}`;
    if (this.#tried.has(what) || (await fileInfo(new RunFolder(run).file('last.safetensors'))) !== null) return;
    this.#tried.add(what);
    await prepareWeights(config);
  }

  close(): void {} // each run has its own device

  #run(key: string): Cell {
    const cell = this.#runs.get(key);
    if (cell === undefined) throw unknownCell(key);
    return cell;
  }
}

/** Reads the data of a cell; those of the last one stay at hand. */
function dataReader(argv: Parsed, where: string | undefined): (config: TrainConfig) => Promise<DatasetSplits> {
  let last: { readonly key: string; readonly splits: DatasetSplits } | null = null;
  return async (config) => {
    const key = JSON.stringify([config.data, loadOptionsOf(config)]);
    if (last?.key !== key) {
      last = null; // before the next ones are read: the memory may be wanted
      last = { key, splits: await loadFor(where ?? config.data, config, argv) };
    }
    return last.splits;
  };
}

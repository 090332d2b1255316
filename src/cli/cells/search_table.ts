/** The cells of `weft search`: a trial, trained up to a rung. Those of one trial are one run, gone on with. */
import { fileInfo, joinPath } from '#platform';
import type { CellNeeds, PlannedCell } from '../../cells/cell.js';
import { loadNote, saveNote } from '../../cells/notes.js';
import type { DatasetSplits } from '../../data/dataset.js';
import { trainingSplit } from '../../data/sampler.js';
import { DataError, DivergedError, InterruptedError, UsageError } from '../../device/errors.js';
import { count, digest as isDigest, notNegative } from '../../device/files/json_checks.js';
import { loadJson, saveJson } from '../../device/files/sealed_files.js';
import { readSummary, RunFolder } from '../../report/run_folder.js';
import type { RunSummary } from '../../report/run_summary.js';
import { progressOf, Results, type Job, type Progress } from '../../search/asha.js';
import { readCheckpoint } from '../../train/checkpoint/checkpoint.js';
import { requireSameProvenance, splitsDigest } from '../../train/checkpoint/provenance.js';
import type { EpochMetrics } from '../../train/evaluate/metrics.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { loadFor } from '../options/images.js';
import { runOf, wordsOf, type SearchPlan, type Trial } from '../options/search_plan.js';
import { percent, say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { withOptions } from '../settings.js';
import { runEpochsUntil, runTraining } from '../training_run.js';
import { prepareWeights } from '../weights/starting_weights.js';
import { nameAt, unknownCell, type CellTable, type Outcome, type Place } from './cell_table.js';

/** What is kept of a trial at a rung. */
interface Rung {
  readonly trial: number;
  readonly epochs: number;
  /** The best of the epochs so far. */
  readonly valAccuracy: number;
  /** Of the images and labels. */
  readonly data: string;
}

const FORMAT = 'weft-rung';
const CHECKS = { trial: count, epochs: count, valAccuracy: notNegative, data: isDigest };

export class SearchTable implements CellTable {
  readonly folder: string;
  readonly hasDiverged = true;
  readonly plan: SearchPlan;
  readonly results = new Results();
  /** Those that the search has come to. */
  cells: readonly PlannedCell[] = [];
  readonly #argv: Parsed;
  readonly #splits: DatasetSplits;
  readonly #data: string;

  private constructor(argv: Parsed, plan: SearchPlan, splits: DatasetSplits) {
    this.folder = plan.out;
    this.plan = plan;
    this.#argv = argv;
    this.#splits = splits;
    this.#data = splitsDigest(splits);
  }

  /** Reads the data. @param where they are, if elsewhere. @throws UsageError when no images are held back. */
  static async open(argv: Parsed, plan: SearchPlan, where?: string): Promise<SearchTable> {
    const [{ config }] = plan.trials;
    if (new Set(plan.trials.map((t) => t.config.data)).size > 1)
      throw new UsageError('a search is about one data set: data cannot be varied', { fix: 'fix it' });
    await prepareWeights(config);
    const splits = await loadFor(where ?? config.data, config, argv);
    if (trainingSplit(splits.train, config.valSplit, config.seed).validation.length === 0)
      throw new UsageError('a search chooses by validation images, and there are none', {
        fix: 'give a larger val-split',
      });
    const table = new SearchTable(argv, plan, splits);
    await table.refresh();
    return table;
  }

  /** Reads what there is by now, and finds what comes next. */
  async refresh(): Promise<Progress> {
    for (;;) {
      const progress = progressOf(this.plan.settings, this.plan.rungs.length, this.results);
      const missing = progress.next.filter((job) => this.results.get(job) === undefined);
      const found = await Promise.all(missing.map((job) => this.#read(job)));
      if (found.length > 0 && found.every((outcome) => outcome !== null)) continue;
      this.cells = [...progress.done.flat(), ...progress.next].map((job) => this.#cell(job));
      return progress;
    }
  }

  #cell(job: Job): PlannedCell {
    const trial = this.plan.trials[job.trial];
    const epochs = this.plan.rungs[job.rung];
    return {
      key: `${trial.name}-rung${job.rung}`,
      group: trial.name,
      label: `trial ${job.trial}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
      result: `${trial.name}/rung-${job.rung}.json`,
      needs: {},
    };
  }

  #job(key: string): { job: Job; trial: Trial } {
    const [, name, rung] = /^(.*)-rung(\d+)$/.exec(key) ?? [];
    const trial = this.plan.trials.find((t) => t.name === name);
    if (trial === undefined || !(Number(rung) in this.plan.rungs)) throw unknownCell(key);
    return { job: { trial: trial.number, rung: Number(rung) }, trial };
  }

  needsOf(): Promise<CellNeeds> {
    return Promise.resolve({ data: this.#data });
  }

  async #read(job: Job): Promise<Outcome | null> {
    if (this.results.get(job) !== undefined) return 'before';
    const cell = this.#cell(job);
    const file = joinPath(this.folder, cell.result);
    const kept = await loadJson<Rung>(file, FORMAT, CHECKS);
    if (kept === null) {
      const note = await loadNote(this.folder, cell);
      if (note?.state !== 'diverged' || note.data !== this.#data) return null;
      this.results.set(job, null);
      return 'diverged';
    }
    if (kept.data !== this.#data)
      throw new DataError(`${file} is of other data than ${this.#splits.train.name} here`, {
        fix: 'bring the same data, or search in another folder',
      });
    this.results.set(job, kept.valAccuracy);
    return 'before';
  }

  async find(planned: PlannedCell): Promise<void> {
    await this.#read(this.#job(planned.key).job);
  }

  async compute(planned: PlannedCell, place: Place): Promise<Outcome> {
    const { job, trial } = this.#job(planned.key);
    return ownFolder(runOf(this.plan, trial), async () => {
      const before = await this.#read(job);
      if (before !== null) return before;
      say(`\n${nameAt(planned, place)}: ${wordsOf(trial.drawn)}`);
      try {
        const valAccuracy = await this.#train(job, trial);
        const epochs = this.plan.rungs[job.rung];
        saveJson(joinPath(this.folder, planned.result), FORMAT, {
          trial: trial.number,
          epochs,
          valAccuracy,
          data: this.#data,
        } satisfies Rung);
        this.results.set(job, valAccuracy);
        say(`${planned.label}: ${percent(valAccuracy)} of the validation images`);
        return 'computed';
      } catch (error) {
        if (error instanceof InterruptedError) say('the same weft search command goes on where it stopped');
        if (!(error instanceof DivergedError)) throw error;
        const text = withOptions(error.text);
        say(`diverged: ${text}`);
        const { exitCode } = error;
        saveNote(this.folder, planned, { state: 'diverged', text, fix: null, exitCode, data: this.#data });
        this.results.set(job, null);
        return 'diverged';
      }
    });
  }

  /** Trains a trial up to a rung, from where it is. @returns its best validation accuracy so far. */
  async #train({ rung }: Job, trial: Trial): Promise<number> {
    const out = new RunFolder(runOf(this.plan, trial));
    const epochs = this.plan.rungs[rung];
    const last = out.file('last.safetensors');
    const resume = (await fileInfo(last)) === null ? null : await readCheckpoint(last);
    const isLast = rung === this.plan.rungs.length - 1;
    if (!isLast && resume !== null && resume.header.progress.epoch >= epochs) {
      await requireSameProvenance(resume, () => Promise.resolve(this.#splits));
      return bestOf(resume.header.progress.history, epochs);
    }
    const { config } = trial;
    const run = { config, splits: this.#splits, out, resume, capture: true };
    const history = await withDevice(this.#argv, async (device) =>
      isLast ? (await runTraining(device, run)).result.history : (await runEpochsUntil(device, run, epochs)).history,
    );
    return bestOf(history, epochs);
  }

  /** The epochs of a trial, and what its end has left. */
  async outcomeOf(trial: Trial): Promise<{ history: readonly EpochMetrics[]; summary: RunSummary | null }> {
    const folder = new RunFolder(runOf(this.plan, trial));
    const last = folder.file('last.safetensors');
    if ((await fileInfo(last)) === null) return { history: [], summary: null };
    const { header } = await readCheckpoint(last);
    const isOver = (await fileInfo(folder.file('summary.json'))) !== null;
    return { history: header.progress.history, summary: isOver ? await readSummary(folder) : null };
  }

  close(): void {} // each run has its own device
}

function bestOf(history: readonly EpochMetrics[], epochs: number): number {
  return Math.max(0, ...history.slice(0, epochs).map((h) => h.valAccuracy ?? 0));
}

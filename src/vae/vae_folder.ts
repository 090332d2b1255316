/** The folder that `weft vae` leaves. Every file is written whole or not at all. */
import { joinPath, removeFile, writeFileAtomic } from '#platform';
import { checkRunFolder } from '../report/run_folder.js';
import type { VaeConfig } from './config.js';
import { worded } from '../text/wording.js';

const VAE_FILES = [
  'vae.json',
  'model.safetensors',
  'metrics.csv',
  'summary.json',
  'curves.png',
  'latent.png',
  'reconstructions.png',
  'samples.png',
] as const;
export type VaeFile = (typeof VAE_FILES)[number];

/** What the end of a run leaves in summary.json. */
export interface VaeSummary {
  readonly config: VaeConfig;
  readonly parameters: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  /**
   * Which part the figures below are of: `test`; `validation` where the data has no test part; `training` where nothing
   * is held back.
   */
  readonly split: string;
  readonly count: number;
  /** Means per image or vector, in nats; one z drawn for each. */
  readonly reconstruction: number;
  readonly kl: number;
  /**
   * The lower bound of log p(x): minus reconstruction, minus KL (beta = 1), for gaussian minus D/2 log(2 pi). Null: an
   * adversarial auto-encoder has none.
   */
  readonly elbo: number | null;
  /** What the bound is of, in words. */
  readonly elboIs: string;
  /** Of the variance of the latent means, in latent.png's plane. */
  readonly latentShares: readonly [number | null, number | null];
  readonly seconds: number;
}

export class VaeFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: VaeFile): string {
    return joinPath(this.path, name);
  }

  /**
   * @throws UsageError when the folder holds a run already and `force` is not given, or anything else. Changes nothing.
   */
  check(force: boolean): Promise<void> {
    return checkRunFolder(
      this.path,
      { marker: 'vae.json', isOwn: (name) => (VAE_FILES as readonly string[]).includes(name), what: 'a run' },
      force,
      worded`choose another {out}, or replace it with {force}`,
    );
  }

  /**
   * Empties the folder of an earlier run, and writes what the new run is: vae.json says whose the folder is, at every
   * moment.
   */
  async start(config: object): Promise<void> {
    for (const name of VAE_FILES) if (name !== 'vae.json') await removeFile(this.file(name));
    this.write('vae.json', `${JSON.stringify(config, null, 2)}\n`);
  }

  write(name: VaeFile, data: Uint8Array | string): void {
    writeFileAtomic(this.file(name), data);
  }
}

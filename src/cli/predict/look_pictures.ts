/** `weft predict --explain`: a picture of each input, with what the network looks at for the likeliest class. */
import { joinPath, writeFileAtomic } from '#platform';
import type { Device } from '../../device/device.js';
import { ModelError, UsageError } from '../../device/errors.js';
import type { Classifier, ClassProbability } from '../../inference/classifier.js';
import { GradCam } from '../../inference/grad_cam.js';
import { occlusionMap } from '../../inference/occlusion.js';
import { lookPicture, type PlaceMap } from '../../report/look_picture.js';
import { fileNames } from '../../text/file_name.js';
import { named } from '../../text/width.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { percent, say } from '../output.js';

/** Places that are covered in turn, a side. */
const GRID = 8;

/** @throws UsageError when `--explain` is given with what looks at a picture in another way. */
export function requireExplainable(o: Readonly<Record<string, unknown>>): void {
  if (o['explain'] === undefined) return;
  for (const other of ['tta', 'same-product'])
    if (o[other] !== undefined && o[other] !== false)
      throw new UsageError(`--explain draws what one look at one picture finds; --${other} takes several together`, {
        fix: 'leave one of them out',
      });
}

/** The pictures of one command, in a folder. */
export class LookPictures {
  readonly #checkpoint: Checkpoint;
  readonly #classifier: Classifier;
  readonly #folder: string;
  readonly #names: ReadonlyMap<string, string>;
  #cam: GradCam | null;

  /** @param inputs names of all of them: files of the same name in two folders get pictures of two names. */
  constructor(
    device: Device,
    checkpoint: Checkpoint,
    classifier: Classifier,
    { folder, inputs }: { readonly folder: string; readonly inputs: readonly string[] },
  ) {
    this.#checkpoint = checkpoint;
    this.#classifier = classifier;
    this.#folder = folder;
    const names = fileNames(inputs.map((input) => input.replace(/^.*[\\/]/, '')));
    this.#names = new Map(inputs.map((input, i) => [input, names[i]]));
    this.#cam = new GradCam(device, checkpoint);
  }

  /** @param input normalised (C, H, W). @param best the likeliest class. @returns the file that was written. */
  async draw(file: string, input: Float32Array, best: ClassProbability): Promise<string> {
    const { classes, normalization, input: size } = this.#checkpoint.header;
    const target = classes.indexOf(best.class);
    const side = size.width;
    const cam = await this.#camOf(input, target);
    const covered = await occlusionMap(this.#classifier, input, target, Math.min(GRID, side));
    const most = covered.reduce((a, b) => Math.max(a, b), 0);
    const maps = [
      ...(cam === null ? [] : [{ title: 'Grad-CAM: what speaks for it', ...cam }]),
      {
        title: `occlusion: covered, at most ${percent(most)} are lost`,
        map: covered,
        height: Math.min(GRID, side),
        width: Math.min(GRID, side),
      },
    ];
    const { mean, std } = normalization;
    const area = side * side;
    const pixels = Uint8Array.from(input, (v, i) => {
      const c = Math.floor(i / area);
      return Math.max(0, Math.min(255, Math.round(255 * (v * std[c] + mean[c]))));
    });
    const name = joinPath(this.#folder, `${this.#names.get(file) ?? 'input'}.png`);
    const heading = `${named(best.class)} ${percent(best.probability)}: ${file.replace(/^.*[\\/]/, '')}`;
    writeFileAtomic(name, await lookPicture(pixels, side, maps, heading));
    return name;
  }

  /** null for a network without maps, which is said once. */
  async #camOf(input: Float32Array, target: number): Promise<Omit<PlaceMap, 'title'> | null> {
    try {
      return (await this.#cam?.map(input, target)) ?? null;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      say(`note: ${error.message.replace(/^\[\w+\] /, '')}: --explain draws occlusion alone`);
      this.release();
      return null;
    }
  }

  release(): void {
    this.#cam?.release();
    this.#cam = null;
  }
}

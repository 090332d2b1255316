/** What decides a cell of the table, and the names under which its stages are kept. */
import { digest, joinPath } from '#platform';
import { UsageError } from '../device/errors.js';
import { checkClassWeights } from '../train/balance.js';
import type { TrainConfig } from '../train/config.js';
import { ALIGNED_VAES, type AlignedConfig } from '../vae/aligned.js';
import type { VaeConfig } from '../vae/config.js';
import type { HeadConfig } from './latent_head.js';
import type { LatentModel, Method } from './methods.js';
import { worded } from '../text/wording.js';

export interface ImbalanceConfig {
  /**
   * How the network is trained; its seed is the cell's. `freeze: backbone`: it is not, and the features are the
   * pretrained ones.
   */
  readonly network: TrainConfig;
  /** How many classes keep few images, drawn by the seed; or which. */
  readonly minority: number | readonly string[];
  /** The most training images of a majority class; null: all. */
  readonly cap: number | null;
  readonly vae: Omit<VaeConfig, 'seed'>;
  /** Weight of the k-means term of `vae-km`. */
  readonly pull: number;
  /** Weight of the KL divergence of `cvae`, whose decoder is given draws of the prior. */
  readonly conditionalBeta: number;
  /** Vectors of the classes, for `cada`; null where no method wants them. */
  readonly classVectors: ClassVectors | null;
  readonly head: HeadConfig;
}

/** A row for each class. */
export interface ClassVectors {
  /** What they are made of. */
  readonly of: string;
  /** (classes, A) row-major. */
  readonly values: readonly number[];
}

export interface Cell {
  readonly method: Method;
  /** Images of each minority class. */
  readonly nF: number;
  readonly seed: number;
}

/** Whether the features are those of the pretrained file, the same for every cell. */
export function isFrozen({ network }: Pick<ImbalanceConfig, 'network'>): boolean {
  return network.freeze === 'backbone';
}

/** @throws UsageError when methods and network do not go together. */
export function checkMethods(config: ImbalanceConfig, methods: readonly Method[]): void {
  if (methods.some((m) => m.kind === 'weights'))
    checkClassWeights({ classWeights: 'balanced', augment: config.network.augment }, worded`{methods} weights`);
  const whole = methods.find((m) => m.kind !== 'head');
  if (!isFrozen(config)) return;
  if (config.network.pretrained === undefined)
    throw new UsageError(
      worded`{freeze} backbone without {pretrained}: the features would be those of random weights`,
      {
        fix: worded`give {pretrained}, or leave out {freeze}`,
      },
    );
  if (whole !== undefined)
    throw new UsageError(
      worded`{methods} ${whole.name} trains the whole network, which {freeze} backbone leaves as it is`,
      {
        fix: 'use head:1 for plain, head:30 for oversample:30',
      },
    );
}

/** What the auto-encoder of a method is. */
export type LatentConfig =
  | { readonly kind: 'vae'; readonly vae: Omit<VaeConfig, 'seed'> }
  | { readonly kind: 'aligned'; readonly aligned: Omit<AlignedConfig, 'seed'>; readonly vectors: ClassVectors };

export function latentConfig(config: ImbalanceConfig, model: LatentModel): LatentConfig {
  const { vae, pull, conditionalBeta, classVectors } = config;
  switch (model) {
    case 'vae':
      return { kind: 'vae', vae };
    case 'vae-km':
      return { kind: 'vae', vae: { ...vae, pull } };
    case 'aae':
      return { kind: 'vae', vae: { ...vae, prior: 'adversarial' } };
    case 'cvae':
      return { kind: 'vae', vae: { ...vae, conditional: true, beta: { kind: 'constant', beta: conditionalBeta } } };
    case 'cada': {
      if (classVectors === null) throw new UsageError('cada without vectors of the classes', { fix: 'give them' });
      const { latent, hidden, epochs, batch, lr } = vae;
      return {
        kind: 'aligned',
        aligned: { ...ALIGNED_VAES, latent, hidden, epochs, batch, lr },
        vectors: classVectors,
      };
    }
  }
}

/** The folders of one cell's stages. Stages that do not depend on an option are kept when it changes. */
export interface StageFolders {
  /** A trained network; the plain one is the backbone of the features. */
  readonly network: string;
  readonly features: string;
  /** Of the method's auto-encoder; null where it has none. */
  readonly latents: string | null;
  readonly cell: string;
}

/** @param about what else decides the numbers: digests of data and files, the adapter. */
export function stageFolders(
  config: ImbalanceConfig,
  { method, nF, seed }: Cell,
  out: string,
  about: readonly string[],
): StageFolders {
  const { network, minority, cap, head } = config;
  const place = (name: string, ...parts: readonly unknown[]): string => {
    const key = digest('sha256', new TextEncoder().encode(JSON.stringify([about, network, ...parts]))).slice(0, 8);
    return joinPath(out, 'stages', `${name}-${key}`);
  };
  const setting = [minority, cap, nF, seed];
  const at = `nf${nF}-seed${seed}`;
  const plain = place(`plain-${at}`, setting);
  const features = isFrozen(config) ? place('features') : plain;
  const model = method.kind === 'head' ? method.model : null;
  const latent = model === null ? null : latentConfig(config, model);
  const latents = latent === null ? null : place(`latents-${String(model)}-${at}`, setting, latent);
  if (method.kind === 'plain') return { network: plain, features, latents, cell: plain };
  const name = `${method.name.replace(':', '')}-${at}`;
  if (method.kind !== 'head') {
    const own = place(name, setting, method);
    return { network: own, features, latents, cell: own };
  }
  return {
    network: plain,
    features,
    latents,
    cell: place(name, setting, method, head, latent),
  };
}

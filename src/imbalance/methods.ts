/** The methods that a table compares: how each is written, and what it does. */
import { UsageError } from '../device/errors.js';
import { LEAST_FACTOR } from '../data/tables/class_factors.js';
import { worded } from '../text/wording.js';

interface NetworkMethod {
  readonly name: string;
  /** The whole network is trained. */
  readonly kind: 'plain' | 'oversample' | 'weights' | 'augment';
  /** How many times as often, or as many, minority images. */
  readonly factor: number;
}

/**
 * The auto-encoders of features that a classifier may be given z of, or images' features made up by: a VAE, one whose
 * latents are pulled together class by class, an adversarial one, a conditional one, and aligned ones of features and
 * of the classes' descriptions.
 */
export type LatentModel = 'vae' | 'vae-km' | 'aae' | 'cvae' | 'cada';

export interface HeadMethod {
  readonly name: string;
  /** A linear classifier is trained on what the plain network makes of the images. */
  readonly kind: 'head';
  readonly factor: number;
  /** Null: there is none. */
  readonly model: LatentModel | null;
  /** What the classifier sees: the features x, x and z, or z alone. */
  readonly sees: 'x' | 'xz' | 'z';
  /** When z is drawn from q(z | x) anew, instead of being its mean. */
  readonly draws: 'never' | 'training' | 'always';
  /** Minority images come once, and K - 1 rows that the model makes up for each. */
  readonly makesUp: boolean;
}

export type Method = NetworkMethod | HeadMethod;

/** Form, and what it means; K is a whole number. */
export const METHODS: Readonly<Record<string, string>> = {
  plain: 'the network trained on the images as they are',
  'oversample:K': 'the network, minority images K times as often',
  weights: 'the network, losses weighted by the inverse frequency of their class',
  'augment:K': 'the network, K - 1 random variants added of each minority image',
  'head:K': 'the last layer anew on the frozen features x, minority images K times as often',
  'head-mean:K': 'as head:K, on x and the mean of z',
  'vae:K': 'as head:K, on x and a z drawn anew from the VAE each time',
  'vae-km:K': 'as vae:K, of a VAE that pulls the z of a class together (k-means term)',
  'aae:K': 'as head:K, on x and the z of an adversarial auto-encoder',
  'cvae:K':
    'the last layer anew, each minority image once and K - 1 features that a conditional VAE draws for its class',
  'cada:K':
    'a layer on z alone, of VAEs of features and class descriptions that are aligned: each minority image once, and ' +
    'K - 1 z drawn from its class’s description',
};

type HeadKind = Pick<HeadMethod, 'model' | 'sees' | 'draws' | 'makesUp'>;

const HEADS: Readonly<Record<string, HeadKind>> = {
  'head:K': { model: null, sees: 'x', draws: 'never', makesUp: false },
  'head-mean:K': { model: 'vae', sees: 'xz', draws: 'never', makesUp: false },
  'vae:K': { model: 'vae', sees: 'xz', draws: 'always', makesUp: false },
  'vae-km:K': { model: 'vae-km', sees: 'xz', draws: 'always', makesUp: false },
  'aae:K': { model: 'aae', sees: 'xz', draws: 'never', makesUp: false },
  'cvae:K': { model: 'cvae', sees: 'x', draws: 'never', makesUp: true },
  'cada:K': { model: 'cada', sees: 'z', draws: 'training', makesUp: true },
};

/** @throws UsageError for a text that is no list of methods. */
export function parseMethods(text: string): Method[] {
  const methods = text.split(',').map((part) => parseMethod(part.trim(), text));
  const twice = methods.find((m, i) => methods.findIndex((other) => other.name === m.name) < i);
  if (twice !== undefined)
    throw new UsageError(worded`{methods} ${text}: ${twice.name} is there twice`, { fix: 'name it once' });
  return methods;
}

function parseMethod(name: string, text: string): Method {
  const [, word, number] = /^([a-z-]+)(?::([1-9]\d{0,2}))?$/.exec(name) ?? [];
  const factor = number === undefined ? 1 : Number(number);
  const form =
    word === undefined
      ? undefined
      : Object.keys(METHODS).find((f) => f === (number === undefined ? word : `${word}:K`));
  switch (form) {
    case 'plain':
    case 'weights':
      return { name, kind: form, factor };
    case 'oversample:K':
      return { name, kind: 'oversample', factor };
    case 'augment:K':
      if (factor < LEAST_FACTOR) break;
      return { name, kind: 'augment', factor };
  }
  if (form !== undefined && form in HEADS) return { name, kind: 'head', factor, ...HEADS[form] };
  throw new UsageError(worded`{methods} ${text}: there is no method ${JSON.stringify(name)}`, {
    fix: `use ${Object.keys(METHODS).join(', ')}, K from 1 to 999 (augment: from 2); e.g. plain,oversample:30,vae:30`,
  });
}

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

export interface HeadMethod {
  readonly name: string;
  /** A linear classifier is trained on the features x of the plain network. */
  readonly kind: 'head';
  readonly factor: number;
  /** What stands beside x: nothing, the mean of q(z|x), or a z drawn from it anew each time. */
  readonly latent: 'none' | 'mean' | 'sample';
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
    case 'head:K':
      return { name, kind: 'head', factor, latent: 'none' };
    case 'head-mean:K':
      return { name, kind: 'head', factor, latent: 'mean' };
    case 'vae:K':
      return { name, kind: 'head', factor, latent: 'sample' };
  }
  throw new UsageError(worded`{methods} ${text}: there is no method ${JSON.stringify(name)}`, {
    fix: `use ${Object.keys(METHODS).join(', ')}, K from 1 to 999 (augment: from 2); e.g. plain,oversample:30,vae:30`,
  });
}

/** The page in Korean. */
import type { Words } from './en.js';
import { ENGINE } from './ko/engine.js';

export const KO: Words = {
  name: '한국어',
  engine: ENGINE,
};

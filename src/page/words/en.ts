/** The page in English: the other languages have all that stands here. */
import { CLASSIFY } from './en/classify.js';
import { ENGINE } from './en/engine.js';
import { ERRORS } from './en/errors.js';
import { FIGURES } from './en/figures.js';
import { GARMENTS } from './en/garments.js';
import { LAB } from './en/lab.js';
import { OPEN } from './en/open.js';
import { PAGE } from './en/page.js';
import { SIMILAR } from './en/similar.js';
import { TRAIN } from './en/train.js';
import { TEACH } from './en/teach.js';

export const EN = {
  /** Of the language, in itself. */
  name: 'English',
  figures: FIGURES,
  errors: ERRORS,
  page: PAGE,
  engine: ENGINE,
  classify: CLASSIFY,
  similar: SIMILAR,
  garments: GARMENTS,
  train: TRAIN,
  lab: LAB,
  open: OPEN,
  teach: TEACH,
};

export type Words = typeof EN;

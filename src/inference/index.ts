/** What a trained model is put to. */
export { Classifier, modelInput, type ClassProbability } from './classifier.js';
export { occlusionMap } from './occlusion.js';

/** What losses are told, and their defaults. */

/**
 * ArcFace: the logits are `scale` times cosines, and in training the angle between an image and its own class counts as
 * larger by `margin` radians (F.arcFaceMargin).
 */
export interface ArcFaceLoss {
  readonly name: 'arcface';
  readonly margin: number;
  readonly scale: number;
}

/**
 * Cross-entropy plus `weight` times the supervised contrastive loss of what reaches the head (F.supervisedContrastive).
 * The paper trains no classifier beside it, and one on frozen features afterwards; here both are trained at once, so
 * that accuracy, the best epoch, patience and `weft predict` keep their meaning. Nor is there a projection that is
 * thrown away: the features themselves are the index's.
 */
export interface SupConLoss {
  readonly name: 'supcon';
  readonly temperature: number;
  readonly weight: number;
}

/** A loss that makes features a good index, and its settings. */
export type MetricLoss = ArcFaceLoss | SupConLoss;

/**
 * The settings of each loss, and their defaults. The papers', but ArcFace's scale, there 64 for tens of thousands of
 * faces: see docs/recipes.md.
 */
export const METRIC_LOSSES = {
  arcface: { margin: 0.5, scale: 16 },
  supcon: { temperature: 0.1, weight: 1 },
} as const satisfies { readonly [K in MetricLoss['name']]: Omit<Extract<MetricLoss, { name: K }>, 'name'> };

/**
 * From so many classes on the logits of a batch are worth not keeping: 1,024 of 64 images are 256 KiB, in three copies.
 */
export const MANY_CLASSES = 1024;

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

/**
 * Focal loss (Lin et al. 2017) over softmax, in place of cross-entropy: an image of which the network is sure already
 * counts less, (1 - p)^gamma of its cross-entropy (F.focalLoss). Class weights are its alpha.
 */
export interface FocalLoss {
  readonly name: 'focal';
  readonly gamma: number;
}

/**
 * Binary cross-entropy of each class for itself, summed over classes, in place of cross-entropy
 * (F.binaryCrossEntropyWithLabels).
 */
export interface BinaryLoss {
  readonly name: 'bce';
}

/** A loss in place of cross-entropy, of logits and labels. */
export type LabelLoss = FocalLoss | BinaryLoss;

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

/** The settings of the losses in place of cross-entropy, and their defaults. */
export const LABEL_LOSSES = {
  focal: { gamma: 2 },
  bce: {},
} as const satisfies { readonly [K in LabelLoss['name']]: Omit<Extract<LabelLoss, { name: K }>, 'name'> };

/** Whether a loss makes embeddings. */
export const isMetric = (loss: MetricLoss | LabelLoss | undefined): loss is MetricLoss =>
  loss !== undefined && loss.name in METRIC_LOSSES;

/** Whether a loss stands in place of cross-entropy. */
export const isLabelLoss = (loss: MetricLoss | LabelLoss | undefined): loss is LabelLoss =>
  loss !== undefined && loss.name in LABEL_LOSSES;

/**
 * From so many classes on the logits of a batch are worth not keeping: 1,024 of 64 images are 256 KiB, in three copies.
 */
export const MANY_CLASSES = 1024;

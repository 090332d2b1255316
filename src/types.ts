/**
 * Types that the public signatures mention besides the functions and classes themselves, so that whoever uses the
 * library can name each of them: `npm run docs` says which one is missing here.
 */
export type { Method, Rest, RowFunctions } from './autograd/methods.js';
export type { Destinations } from './autograd/node.js';
export type { ArgumentsOf, IsOne } from './autograd/ops/elementwise/row_functions.js';
export type { RecurrentOptions } from './autograd/ops/recurrent/recurrent.js';
export type { ClassMap } from './data/class_map.js';
export type { PictureOrigin, PictureReport } from './data/dataset.js';
export type { DrawnSplits } from './data/drawn/garments.js';
export type { ShoeCounts } from './data/drawn/shoes.js';
export type { Duplicates, HashedPicture, NearDuplicates } from './data/pictures/duplicates.js';
export type { LeftOutFile, ListedPicture, Part } from './data/pictures/picture_list.js';
export type { KeepingOptions } from './data/pictures/decode_pictures.js';
export type { ReadOptions, ReadingProgress } from './data/pictures/read_pictures.js';
export type { RgbaImage } from './data/pictures/rgba_image.js';
export type { TableOptions } from './data/tables/labelled_csv.js';
export type { LabelColumn } from './data/tables/pixel_columns.js';
export type { AdapterSummary, Opened } from './device/adapter.js';
export type { MatrixShape, MatrixUnits } from './device/adapter/matrices.js';
export type { CacheStatistics } from './device/cache.js';
export type { CaptureArgument, CapturedStep, TensorLike } from './device/capture.js';
export type { StepListener } from './device/capture_arena.js';
export type { Choice, ChoiceRecord, Choices } from './device/choices.js';
export type { KernelDeclaration, Launch } from './device/kernel.js';
export type { Arena, Block, FreeBlocks, PoolStatistics, PooledBuffer } from './device/pool.js';
export type { ProfileRow } from './device/profiler.js';
export type { Storage } from './device/storage.js';
export type { Specialisation } from './device/wgsl.js';
export type { Views } from './inference/views.js';
export type { ConvTranspose2dOptions } from './kernels/conv2d/conv_transpose2d.js';
export type { Layout } from './tensor/layout.js';
export type { Conv2dOptions, Pair } from './kernels/conv2d/geometry.js';
export type { FloatType } from './kernels/elementwise/cast.js';
export type { BinaryName } from './kernels/elementwise/binary_table.js';
export type { UnaryName } from './kernels/elementwise/unary_table.js';
export type { AugmentedBatch } from './kernels/images/augment.js';
export type { Augmentation, RandAugment } from './kernels/images/augment_settings.js';
export type { CrossEntropySettings } from './kernels/loss/cross_entropy.js';
export type { LinearCrossEntropySettings } from './kernels/loss/linear_cross_entropy.js';
export type { MaxUnpool2dOptions } from './kernels/pool2d/max_unpool.js';
export type { Nonlinearity } from './kernels/recurrent/rnn.js';
export type { Conv2dEpilogue, PaddedOptions } from './nn/conv.js';
export type { InstanceNorm } from './nn/instance_norm.js';
export type { Padding } from './nn/padding.js';
export type { FusedActivation } from './kernels/matmul/product.js';
export type { PadMode } from './kernels/movement/pad.js';
export type { InterpolateOptions, UpsampleMode } from './kernels/movement/upsample.js';
export type { LrnSettings } from './kernels/norm/local_response_norm.js';
export type {
  AdagradSettings,
  AdamSettings,
  LionSettings,
  RateTable,
  RmspropSettings,
  SgdSettings,
} from './kernels/optimizer/optimizer.js';
export type { LambSettings } from './kernels/optimizer/lamb.js';
export type { AdaptiveSize, AvgPool2dOptions, MaxPool2dOptions, Pool2dOptions } from './kernels/pool2d/geometry.js';
export type { RecurrentWeights } from './kernels/recurrent/recurrent.js';
export type { TunedEntries, TunedEntry, TunedFile } from './kernels/tune/tuned_file.js';
export type { EmbeddingLayerOptions } from './nn/embedding.js';
export type { BasicConv2d, Branches, Inception } from './nn/models/googlenet.js';
export type { ModelEntry } from './nn/models/list.js';
export type { LSTMClassifierOptions } from './nn/models/lstm.js';
export type { AnyModule } from './nn/module.js';
export type { Initializer, ParameterMemory } from './nn/parameter.js';
export type { RawDtype, RawTensor } from './nn/state/raw_tensor.js';
export type { Safetensors } from './nn/state/safetensors.js';
export type { ConvVaeOptions, ImageSize } from './nn/vae/conv_vae.js';
export type { VaeLossParts } from './nn/vae/loss.js';
export type { MlpVaeOptions } from './nn/vae/mlp_vae.js';
export type { ScheduleName, ScheduledRun } from './optim/schedules/schedule.js';
export type { SwaConfig } from './optim/schedules/swa.js';
export type { Values } from './tensor/render.js';
export type { Shape } from './tensor/shape.js';
export type { GraphNode } from './tensor/tensor.js';
export type { AugmentedClass, AugmentedTraining } from './train/augment_class.js';
export type { SourceDigests } from './train/checkpoint/checkpoint_header.js';
export type {
  DataConfig,
  FitConfig,
  LoaderConfig,
  LossConfig,
  ModelConfig,
  OptimizerConfig,
  OptimizerName,
  Precision,
  ReadingConfig,
} from './train/config.js';
export type { Filters, LiveReading, LiveTest } from './train/live/live_training.js';
export type {
  ArcFaceLoss,
  BinaryLoss,
  FocalLoss,
  LabelLoss,
  MetricLoss,
  SupConLoss,
} from './train/loss/loss_settings.js';
export type { ClassReport, ClassScore, Confusion } from './train/evaluate/metrics.js';
export type { PretrainedReport } from './train/pretrained.js';
export type { FeatureSource, ImageSource, VaeSource } from './vae/batches.js';
export type { VaeStepReport } from './vae/trainer.js';
export type { Setting, Spelling, Text, Wording } from './text/wording.js';
export type { FitHooks } from './train/fit_hooks.js';
export type { MessageTimes } from './train/parallel/message.js';
export type { Watch } from './device/capture.js';
export type { PreparingHooks } from './train/prepare.js';
export type { Precision as OpPrecision } from './autograd/graph.js';

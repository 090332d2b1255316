/**
 * What other tools (PyTorch's and timm's scripts, Ultralytics, Keras, Hugging Face) call what Weft has: words without
 * capitals and separators, beside Weft's own. Only looked at when a name is unknown.
 */

/** Option, and its other names. Where two options could be meant the first that the command has counts. */
export const OPTION_WORDS: readonly (readonly [option: string, words: string])[] = [
  [
    'batch',
    'b batchsize bs bsz minibatch minibatchsize trainbatchsize imagesperbatch perdevicetrainbatchsize ' +
      'perdevicebatchsize batchsizetrain samplesperbatch',
  ],
  ['lr', 'learningrate lrrate learnrate lr0 baselr initiallr initlr initiallearningrate maxlr eta stepsize rate'],
  [
    'epochs',
    'e ep nepochs numepochs nepoch numepoch maxepochs maxepoch trainepochs numtrainepochs totalepochs epochcount',
  ],
  ['model', 'm a arch architecture network net modelname modeltype modelarch backbone'],
  ['models', 'model arch architectures networks'],
  [
    'data',
    'd dataset datasets datadir datapath dataroot datasetdir datasetpath datasetname root traindir traindata ' +
      'trainpath trainset input inputdir inputpath images imagedir imgdir source src folder',
  ],
  [
    'out',
    'o output outputdir outputpath outdir outpath savedir savepath saveto save savemodel logdir logs ' +
      'checkpointdir checkpointpath ckptdir project name expname experiment rundir workdir modeldir dest ' +
      'destination target outputfile exportdir',
  ],
  ['resume', 'resumefrom resumefromcheckpoint continue continuefrom restore ckpt ckptpath checkpoint loadcheckpoint'],
  ['checkpoint', 'ckpt weights modelpath'],
  [
    'pretrained',
    'pretrainedmodel pretrainedweights pretrainedpath initweights initialcheckpoint loadweights weights ' +
      'weightspath modelweights finetune finetunefrom imagenetweights checkpoint',
  ],
  [
    'image-size',
    'imgsz imgsize imsize img size inputsize inputshape resolution res resize resizesize targetsize trainsize side',
  ],
  ['crop', 'cropsize centercrop traincropsize valcropsize croppct'],
  ['jobs', 'workers numworkers nworkers j njobs nproc numproc processes parallel'],
  ['seed', 'randomseed rngseed manualseed randomstate'],
  ['seeds', 'seed randomseeds numseeds runs repeats'],
  ['weight-decay', 'wd l2 l2reg regularization regularisation decay l2decay'],
  ['momentum', 'mom sgdmomentum'],
  ['betas', 'beta1 beta2 adambeta1 adambeta2 adambetas optbetas'],
  ['eps', 'epsilon opteps adamepsilon adameps'],
  ['alpha', 'rho smoothingconstant'],
  ['optimizer', 'opt optim optimiser solver opttype optimname optimizername'],
  [
    'schedule',
    'scheduler sched lrscheduler lrschedule lrsched lrpolicy schedulertype lrschedulertype coslr cosine ' +
      'annealing lrdecaystyle decay',
  ],
  ['warmup', 'warmupepochs warmupsteps numwarmupsteps warmupiters lrwarmupepochs warmupratio'],
  ['lr-step', 'lrstepsize stepsize decayepochs lrdecayepochs lrsteps'],
  ['milestones', 'lrmilestones decaymilestones multisteps lrstepmilestones'],
  ['lr-gamma', 'gamma decayrate lrdecayrate lrfactor factor lrdecay'],
  ['lr-patience', 'patienceepochs plateaupatience'],
  ['lr-min', 'minlr etamin finallr endlr lrf'],
  ['lr-rise', 'pctstart'],
  ['lr-start', 'divfactor'],
  ['lr-end', 'finaldivfactor'],
  ['patience', 'earlystopping earlystop earlystoppingpatience espatience'],
  [
    'clip-norm',
    'clipgrad clipgradnorm gradclip gradclipnorm maxgradnorm maxnorm gradientclipping gradientclipval clipvalue clip',
  ],
  ['label-smoothing', 'smoothing labelsmooth smooth ls'],
  ['ema', 'modelema emadecay modelemadecay ema useema emamomentum'],
  [
    'val-split',
    'validationsplit valratio valfraction valfrac valsize valpercent valpct validationsize validationfraction ' +
      'validationratio holdout devsplit valset',
  ],
  ['test-split', 'testsize testratio testfraction'],
  [
    'augment',
    'augmentation augmentations aug dataaugmentation transform transforms aa autoaugment randaugment ' +
      'trivialaugment hflip fliplr horizontalflip mixup cutmix colorjitter randomerase randomerasing reprob ' +
      'degrees translate',
  ],
  ['freeze', 'freezebackbone freezelayers freezeencoder frozen linearprobe'],
  ['unfreeze', 'gradualunfreezing unfreezeepoch unfreezeevery freezeepochs'],
  ['layer-decay', 'llrd layerdecayrate layerwisedecay layerlrdecay discriminativelr'],
  ['decay-on', 'nodecay noweightdecay filterbiasandbn biasweightdecay normweightdecay'],
  ['swa-start', 'swa swaepochstart swastartepoch stochasticweightaveraging'],
  ['swa-lr', 'swalrs'],
  ['swa-anneal', 'annealingepochs swaannealepochs'],
  ['head-lr', 'classifierlr lrhead'],
  ['class-weights', 'classweight weightedloss weighted lossweights'],
  ['sampling', 'sampler balancedsampling weightedsampler weightedsampling balancedsampler'],
  ['loss', 'criterion lossfn lossfunction lossname'],
  ['precision', 'amp fp16 half float16 dtype mixedprecision nativeamp bf16 bfloat16 autocast mixed'],
  ['config', 'cfg configfile configpath hyp hyperparameters params yaml argsfile'],
  ['preset', 'recipe'],
  ['label', 'labelcolumn labelcol target targetcolumn targetcol ycol classcolumn labelname'],
  ['image-column', 'imagecol filecolumn filecol pathcolumn xcol filenamecolumn imagepath imgcol'],
  ['classes', 'numclasses nclasses nclass nbclasses nc numlabels classnames labels outfeatures'],
  ['channels', 'inchans inchannels inputchannels numchannels'],
  ['normalize', 'normalise normalization mean std norm'],
  ['force', 'f overwrite existok clobber replace y yes'],
  [
    'adapter',
    'device gpu gpus gpuid gpuids cuda cudadevice deviceid devices deviceids accelerator cpu nocuda nogpu usegpu ' +
      'usecuda mps backend',
  ],
  ['top', 'topk k n numresults'],
  ['k', 'topk top n limit numresults neighbors neighbours'],
  ['tta', 'testtimeaugmentation tencrop fivecrop augment'],
  ['split', 'subset partition part set mode'],
  ['part', 'split subset partition'],
  ['index', 'indexdir indexpath gallery database'],
  ['port', 'p serverport'],
  ['host', 'bind address ip listen serverhost hostname'],
  ['latent', 'latentdim zdim latentsize z embeddingdim'],
  ['json', 'format outputformat asjson machinereadable'],
  ['seconds', 'time budget timelimit timeout duration'],
];

/** Why there is no such option, and its names elsewhere. */
export const NEEDLESS: readonly (readonly [why: string, words: string])[] = [
  [
    'pictures are read on all cores by themselves, and images lie on the GPU while training',
    'workers numworkers nworkers j threads numthreads nproc numproc processes jobs njobs pinmemory prefetch ' +
      'prefetchfactor persistentworkers dataloaderworkers cache',
  ],
  ['the classes are those of the data', 'numclasses nclasses nclass nbclasses nc numlabels outfeatures'],
  [
    'progress goes to stderr, results to stdout; 2>/dev/null silences it',
    'verbose v quiet q silent progress noprogress loglevel loginterval logevery printfreq printinterval logfreq debug',
  ],
  [
    'the best and the last weights are kept at every epoch',
    'saveevery savefreq saveperiod saveinterval savebest savelast savetotallimit checkpointevery ' +
      'checkpointinterval checkpointfreq',
  ],
  [
    'one process trains on one adapter',
    'distributed ddp multigpu worldsize rank localrank nodes numnodes distbackend disturl strategy syncbn',
  ],
  [
    'the figures and curves of a run are written to its folder',
    'wandb tensorboard tb logger mlflow comet reportto plots visualize',
  ],
  ['every epoch is shuffled, by --seed', 'shuffle noshuffle'],
  [
    'runs are repeatable by themselves: the same seed gives the same bytes',
    'deterministic cudnnbenchmark benchmark reproducible',
  ],
  ['steps are recorded and replayed by themselves', 'compile torchcompile jit torchscript usecompile'],
  ['dropout belongs to the architecture', 'dropout drop droprate droppath dropoutrate'],
  [
    'there is no accumulation: give a larger --batch',
    'gradaccum gradaccumsteps accumulate accumulation accumulationsteps gradientaccumulationsteps ' +
      'accumulategradbatches',
  ],
  ['weft eval RUN evaluates', 'eval evaluate evaluateonly evalonly testonly validate val test doeval'],
  ['weft data download fetches data', 'download'],
  [
    'weft export RUN writes ONNX, or weights as safetensors under torchvision’s names',
    'export onnx exportonnx savesafetensors',
  ],
  [
    'steps follow from --epochs, --batch and the data',
    'steps maxsteps iterations iters niter maxiter stepsperepoch numsteps',
  ],
];

/** A choice of an option, and what else it is called. */
export const VALUE_WORDS: readonly (readonly [choice: string, words: string])[] = [
  ['adam', 'nadam adamax radam torchoptimadam keras'],
  ['adamw', 'adamp sophia torchoptimadamw adamw8bit'],
  ['lion', 'lion8bit'],
  ['lamb', 'larc'],
  ['muon', 'shampoo soap'],
  ['sgd', 'momentum nesterov gd gradientdescent torchoptimsgd sgdm lars asgd'],
  ['rmsprop', 'rmsproptf torchoptimrmsprop'],
  ['adagrad', 'adadelta torchoptimadagrad'],
  ['constant', 'none constantlr fixed no off lambdalr'],
  ['step', 'steplr steplrscheduler staircase'],
  ['multistep', 'multisteplr multisteps milestones piecewise piecewiseconstant'],
  ['exponential', 'exponentiallr exp expdecay exponentialdecay poly polynomial polynomiallr'],
  [
    'cosine',
    'cosineannealinglr cosineannealing cosineannealingwarmrestarts cos coslr cosinedecay cosinelr sgdr linear linearlr',
  ],
  ['onecycle', 'onecyclelr 1cycle cyclic cycliclr superconvergence'],
  ['plateau', 'reducelronplateau reduceonplateau reducelr'],
  ['cross-entropy', 'ce crossentropyloss categoricalcrossentropy sparsecategoricalcrossentropy nll nllloss softmax'],
  ['focal', 'focalloss fl sigmoidfocalloss'],
  ['bce', 'bceloss bcewithlogits bcewithlogitsloss binarycrossentropy sigmoid'],
  ['arcface', 'cosface sphereface arcfaceloss amsoftmax'],
  ['supcon', 'contrastive triplet tripletloss supervisedcontrastive supconloss ntxent'],
  ['f16', 'fp16 float16 half 16 16bit amp mixed bf16 bfloat16 true'],
  ['f32', 'fp32 float32 full single 32 32bit float false tf32'],
  ['fashion-mnist', 'fmnist fashion torchvisiondatasetsfashionmnist'],
  ['lenet5', 'lenet leenet'],
  ['cnn', 'simplecnn convnet smallcnn simplenet net'],
  ['mlp', 'dnn perceptron fc dense ann linear'],
  ['bilstm', 'bidirectionallstm'],
  ['lstm', 'rnn gru'],
  ['googlenet', 'inception inceptionv1 inceptionv3 inceptionv4'],
  ['squeezenet1_1', 'squeezenet squeezenet10 squeezenet11'],
  ['mobilenet_v3_small', 'mobilenetv3small100 mobilenetv3small075 tfmobilenetv3small100'],
  ['mobilenet_v3_large', 'mobilenetv3 mobilenetv3large100 tfmobilenetv3large100 mobilenet'],
  ['efficientnet_b0', 'efficientnet tfefficientnetb0 effnet effnetb0'],
  ['regnet_y_400mf', 'regnet regnety004 regnety400'],
  ['resnext50_32x4d', 'resnext resnext50'],
  ['densenet121', 'densenet'],
  ['convnext_tiny', 'convnext convnextt'],
  ['vit_tiny_16', 'vittinypatch16224 deittinypatch16224 vitti16 vittiny'],
  ['vit_b_16', 'vit vitbasepatch16224 deitbasepatch16224 vitbase visiontransformer'],
  ['wrn16_4', 'wrn wrn16 wrn16x4 wideresnet wideresnet16 wideresnet164 wideresnet16x4'],
  ['wrn28_10', 'wrn28 wrn28x10 wideresnet28 wideresnet2810 wideresnet28x10'],
  ['imagenet', 'imagenet1k in1k'],
  ['validation', 'val valid dev holdout'],
  ['train', 'training'],
  ['test', 'testing'],
  ['balanced', 'auto weighted inverse true'],
];

const RESNETS = ['resnet18', 'resnet34', 'resnet50'];
const LIGHT = ['mobilenet_v3_small', 'mobilenet_v3_large', 'efficientnet_b0', 'squeezenet1_1'];
const WIDE = ['wrn16_4', 'wrn28_10'];
const TRANSFORMERS = ['vit_tiny_16', 'vit_b_16'];

/** Architectures that Weft has not, by how their names begin, and those of its own that come nearest. */
export const KIN: readonly (readonly [form: RegExp, kin: readonly string[]])[] = [
  [/^(mobilenet|efficientnet|tfefficientnet|shufflenet|mnasnet|ghostnet|yolo|squeezenet|lcnet|mixnet|tinynet)/, LIGHT],
  [/^(vit|deit|beit|swin|maxvit|mobilevit|cait|xcit|eva|clip|dino)/, TRANSFORMERS],
  [/^(convnext|convmixer|coatnet|poolformer)/, ['convnext_tiny', ...TRANSFORMERS]],
  [/^(resnext|seresnext)/, ['resnext50_32x4d', 'resnet50']],
  [/^regnet/, ['regnet_y_400mf', 'resnet50']],
  [/^(densenet|dpn)/, ['densenet121', 'resnet50']],
  // wide_resnet50_2 and 101_2 are for photographs
  [/^(wrn|wideresnet)(?!50|101)/, WIDE],
  [/^(wrn|wideresnet|resnet|resnest|seresnet|dla|nfnet|hrnet|res2net)/, RESNETS],
  [/^(inception|xception|nasnet|pnasnet)/, ['googlenet', 'resnet50']],
  [/^vgg/, ['vgg11', 'vgg11_bn', 'vgg16', 'vgg16_bn']],
];

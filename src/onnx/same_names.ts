/** Ops that Weft and ONNX have under two names and compute alike: read in both directions. */

/** Of one operand. */
export const SAME_UNARY = {
  neg: 'Neg',
  abs: 'Abs',
  sign: 'Sign',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  reciprocal: 'Reciprocal',
  sin: 'Sin',
  cos: 'Cos',
  erf: 'Erf',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  relu: 'Relu',
  softplus: 'Softplus',
  softsign: 'Softsign',
  hardswish: 'HardSwish',
  selu: 'Selu',
} as const;

/** Of two operands that broadcast. */
export const SAME_BINARY = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  pow: 'Pow',
  maximum: 'Max',
  minimum: 'Min',
} as const;

/** Of two operands; Weft's give 1 and 0, ONNX's true and false. */
export const COMPARISONS = {
  equal: 'Equal',
  less: 'Less',
  greater: 'Greater',
  less_equal: 'LessOrEqual',
  greater_equal: 'GreaterOrEqual',
} as const;

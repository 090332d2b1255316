// What loss/cross_entropy.wgsl makes, of x (N, C): loss, p and counted. The ideas that it adds: T neighbouring threads
// share a row, so that they read neighbours and none walks all classes alone; and where rows are few, one workgroup
// makes them all and, with MEAN, what loss/cross_entropy_mean.wgsl makes of them:
//   total = sum of counted,   mean = sum of loss / total,   p = p / total
// so that p is the gradient of the mean itself (-0 stays -0: see there). A workgroup makes params.rows rows at most, so
// many at a time as it has threads for.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>; // (C); anything when not WEIGHTED
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> p: array<f32>;
@group(0) @binding(5) var<storage, read_write> counted: array<f32>;
@group(0) @binding(6) var<storage, read_write> mean: array<f32>; // mean, total; anything when not MEAN
@group(0) @binding(7) var<uniform> params: Params;

override MEAN: bool = false;
override T: u32 = 4; // a power of 2, at most THREADS
const THREADS = 256u;
var<workgroup> shared_by: array<vec2f, THREADS>;

// The sum over `width` neighbouring threads, for each of them.
fn sum_of(lane: u32, width: u32, own: vec2f) -> vec2f {
  shared_by[lane] = own;
  for (var half = width / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane % width < half) {
      shared_by[lane] += shared_by[lane + half];
    }
  }
  workgroupBarrier();
  let sum = shared_by[lane - lane % width];
  workgroupBarrier();
  return sum;
}

// The largest of a row's threads, for each of them.
fn top_of(lane: u32, own: f32) -> f32 {
  shared_by[lane].x = own;
  for (var half = T / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane % T < half) {
      shared_by[lane].x = max(shared_by[lane].x, shared_by[lane + half].x);
    }
  }
  workgroupBarrier();
  let top = shared_by[lane - lane % T].x;
  workgroupBarrier();
  return top;
}

// Loss and weight of row n, of which a thread has classes lane % T, + T, …; all threads come here.
fn make_row(n: u32, lane: u32) -> vec2f {
  let C = select(0u, params.C, n < params.rows);
  let base = n * params.C;
  let first = lane % T;
  var top = 0.0;
  var log_sum = 0.0;
  if (!LOG_PROBABILITIES) {
    var own = bitcast<f32>(0xff800000u | (n & 0u)); // -infinity
    for (var c = first; c < C; c += T) {
      own = max(own, x[base + c]); // taken off first, so that exp cannot overflow
    }
    top = top_of(lane, own);
    var sum = 0.0;
    for (var c = first; c < C; c += T) {
      sum += exp_of(x[base + c] - top);
    }
    log_sum = log_of(sum_of(lane, T, vec2f(sum, 0)).x);
  }
  var t = params.ignore;
  if (C > 0) {
    t = label[n];
  }
  let is_ignored = t == params.ignore;
  let q_of = asked(t);
  let none = ignored(n, log_sum);
  var spread = 0.0; // what label smoothing adds to the loss
  for (var c = first; c < C; c += T) {
    var q = select(0.0, q_of.label, c == t);
    if (SMOOTHED) {
      let q_c = q_of.each * weight_of(c);
      q += q_c;
      spread += q_c * (log_sum + (top - x[base + c]));
    }
    var core = -q;
    if (!LOG_PROBABILITIES) {
      core = exp_of(x[base + c] - top - log_sum) * q_of.sum - q;
    }
    p[base + c] = select(core, none, is_ignored);
  }
  if (SMOOTHED) {
    spread = sum_of(lane, T, vec2f(spread, 0)).x;
  }
  if (is_ignored) {
    return vec2f();
  }
  if (t >= params.C) {
    return vec2f(not_a_number(n));
  }
  // top - x[t] before adding log_sum: with logits in the hundreds, log_sum + top would lose log_sum's digits
  return vec2f(q_of.label * (log_sum + (top - x[base + t])) + spread, q_of.w);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at_once = THREADS / T;
  let start = linear_workgroup(workgroup, grid) * at_once;
  let end = select(start + 1, params.rows, MEAN);
  var sums = vec2f();
  for (var first = start; first < end; first += at_once) {
    let n = first + lane / T;
    let row = make_row(n, lane);
    if (n < params.rows && lane % T == 0) {
      loss[n] = row.x;
      counted[n] = row.y;
      sums += row;
    }
  }
  if (!MEAN) {
    return;
  }
  let all = sum_of(lane, THREADS, sums);
  if (lane == 0) {
    mean[0] = all.x / all.y;
    mean[1] = all.y;
  }
  let scale = 1 / all.y;
  for (var n = lane / T; n < params.rows; n += at_once) {
    for (var c = lane % T; c < params.C; c += T) {
      let own = p[n * params.C + c];
      p[n * params.C + c] = select(own * scale, own, bitcast<u32>(own) == 0x80000000u);
    }
  }
}

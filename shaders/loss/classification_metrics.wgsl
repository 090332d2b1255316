// totals += (sum of losses, number of rows whose largest logit is the label's, number of rows), for logits x (N, C),
// label (N), loss (N). Accumulates over the batches of an epoch, so that the host reads three numbers once in many
// steps. One workgroup: its 64 threads take rows in turn and add up pairwise.
struct Params {
  N: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> totals: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const THREADS = 64u;
var<workgroup> partial: array<vec2f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f();
  for (var n = lane; n < params.N; n += THREADS) {
    let base = n * params.C;
    var best = 0u;
    var best_key = order_key(x[base]);
    for (var c = 1u; c < params.C; c++) {
      let key = order_key(x[base + c]);
      if (key > best_key) {
        best = c;
        best_key = key;
      }
    }
    sum += vec2f(loss[n], select(0.0, 1.0, best == label[n]));
  }
  partial[lane] = sum;
  for (var width = THREADS / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      partial[lane] += partial[lane + width];
    }
  }
  if (lane == 0) {
    totals[0] += partial[0].x;
    totals[1] += partial[0].y;
    totals[2] += f32(params.N);
  }
}

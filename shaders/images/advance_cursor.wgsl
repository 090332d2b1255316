// cursor = cursor + amount. One thread.
struct Params {
  amount: u32,
}
@group(0) @binding(0) var<storage, read_write> cursor: array<u32>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  cursor[0] += params.amount;
}

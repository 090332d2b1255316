// step = step + 1: the next calls draw other numbers. One thread.
@group(0) @binding(0) var<storage, read_write> state: RandomState;

@compute @workgroup_size(1)
fn main() {
  state.step++;
}

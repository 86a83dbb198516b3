use monograd::prelude::*;

network! {
    pub Body: [2] -> [4] { dense(4), relu }
}

network! {
    pub Net: [8, 2] -> [3] { last, body: Body -> [4], dense(3) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}

use monograd::prelude::*;

network! {
    pub Net: (image: [4], meta: , 3, more: 2, last: word) -> (class: [2], score: ) {
        concat(meta, more, last), body: dense(8), class: dense(2), from(body), score: dense(1),
    }
}

fn main() {
    let _net = Net::init(1);
}

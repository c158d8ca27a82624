//! A record as librdkafka can't write it, by Kafka's own protocol: a Produce request of version 3
//! with a batch of version 2 (<https://kafka.apache.org/documentation/#recordbatch>).

use super::cluster::{Cluster, now};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const PRODUCE: i16 = 0;
const VERSION: i16 = 3;
const ALL_REPLICAS: i16 = -1;
const ANSWER_WAIT_MILLIS: i32 = 20_000;
/// In place of a text, a number or an id.
const NONE: i16 = -1;

impl Cluster {
    /// Writes a record with one header into the first partition. The only broker leads it. It may
    /// block.
    pub fn write_raw(&self, topic: &str, value: &[u8], header: (&[u8], &[u8])) {
        let topic = format!("{}{topic}", self.prefix);
        let mut stream = TcpStream::connect(&self.brokers).expect("a broker");
        stream.write_all(&sized(&request(&topic, &batch(value, header)))).expect("sent");
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("an answer");
        let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).expect("a length")];
        stream.read_exact(&mut answer).expect("the whole of it");
        // The number of the request, of topics, the topic, the number of partitions, the partition.
        let error = 4 + 4 + 2 + topic.len() + 4 + 4;
        assert_eq!(answer[error..error + 2], [0, 0], "it is refused");
    }
}

fn request(topic: &str, batch: &[u8]) -> Vec<u8> {
    let topic_length = i16::try_from(topic.len()).expect("a short name").to_be_bytes();
    let (number, count, partition) = (1_i32.to_be_bytes(), 1_i32.to_be_bytes(), [0; 4]);
    let nobody = NONE.to_be_bytes(); // neither the client nor a transaction has a name
    [
        &PRODUCE.to_be_bytes()[..],
        &VERSION.to_be_bytes(),
        &number,
        &nobody,
        &nobody,
        &ALL_REPLICAS.to_be_bytes(),
        &ANSWER_WAIT_MILLIS.to_be_bytes(),
        &count,
        &topic_length,
        topic.as_bytes(),
        &count,
        &partition,
        &sized(batch),
    ]
    .concat()
}

fn batch(value: &[u8], header: (&[u8], &[u8])) -> Vec<u8> {
    let record = record(value, header);
    let time = u64::try_from(now().as_millis()).expect("a time").to_be_bytes();
    let (attributes, last_offset, times) = ([0; 2], [0; 4], [time, time].concat());
    let (producer, epoch, sequence) = ([0xff; 8], [0xff; 2], [0xff; 4]);
    let count = 1_i32.to_be_bytes();
    let parts = [&attributes[..], &last_offset, &times, &producer, &epoch, &sequence, &count];
    let content = [&parts.concat()[..], &record].concat();
    let (leader_epoch, magic) = ([0xff; 4], [2]);
    let checked = [&leader_epoch[..], &magic, &crc32c(&content).to_be_bytes(), &content].concat();
    [&[0; 8][..], &sized(&checked)].concat() // at the offset 0, which the broker replaces
}

fn record(value: &[u8], (name, text): (&[u8], &[u8])) -> Vec<u8> {
    let (attributes, time, offset, no_key) = ([0], [0], [0], varint(-1));
    let (value, name, text) = (counted(value), counted(name), counted(text));
    let parts = [&attributes[..], &time, &offset, &no_key, &value, &varint(1), &name, &text];
    counted(&parts.concat())
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = i32::try_from(bytes.len()).expect("few bytes").to_be_bytes();
    [&length[..], bytes].concat()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&varint(i32::try_from(bytes.len()).expect("few bytes"))[..], bytes].concat()
}

/// Zigzag, then seven bits in each byte.
fn varint(number: i32) -> Vec<u8> {
    let mut rest = (number << 1 ^ number >> 31).cast_unsigned();
    let mut bytes = vec![];
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    bytes
}

/// Castagnoli's polynomial, a bit at a time.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc));
    !bytes.iter().fold(u32::MAX, byte)
}

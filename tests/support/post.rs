//! A DNS server and mail servers on loopback that do what a test tells them to.
//!
//! All mail servers have one port, because there is one for all of the world; each has an address of its own in
//! 127.0.0.0/8.

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX, PTR};
use hickory_resolver::proto::rr::{Name, RData, Record};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// What DNS says about a name.
#[derive(Clone)]
pub enum Zone {
    /// These records; none of other types.
    Records(Vec<RData>),
    /// An error.
    Fails(ResponseCode),
    /// Nothing at all.
    Silent,
}

/// A DNS server. Names that it was told nothing about do not exist.
#[derive(Clone)]
pub struct Dns {
    pub address: SocketAddr,
    zones: Arc<Mutex<HashMap<Name, Zone>>>,
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.").replace("..", ".")).unwrap()
}

impl Dns {
    pub async fn start() -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, zones) = (socket.local_addr().unwrap(), Arc::default());
        let dns = Dns { address, zones };
        let server = dns.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = server.answer(&buffer[..length]) {
                    socket.send_to(&answer, peer).await.unwrap();
                }
            }
        });
        dns
    }

    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(question).unwrap();
        let query = asked.queries[0].clone();
        let zone = self.zones.lock().unwrap().get(query.name()).cloned();
        let mut answer = Message::response(asked.metadata.id, OpCode::Query);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_available = true;
        match zone {
            Some(Zone::Silent) => return None,
            Some(Zone::Fails(code)) => answer.metadata.response_code = code,
            Some(Zone::Records(records)) => {
                let wanted = records.into_iter().filter(|record| record.record_type() == query.query_type());
                let records = wanted.map(|data| Record::from_rdata(query.name().clone(), 0, data));
                answer.add_answers(records);
            }
            None => answer.metadata.response_code = ResponseCode::NXDomain,
        }
        answer.add_query(query);
        Some(answer.to_vec().unwrap())
    }

    /// Says this about a name from now on.
    pub fn set(&self, about: &str, zone: Zone) {
        self.zones.lock().unwrap().insert(name(about), zone);
    }

    /// A domain whose mail goes to this server, which is at this address.
    pub fn mail(&self, domain: &str, server: &str, address: Ipv4Addr) {
        self.set(domain, Zone::Records(vec![mx(10, server)]));
        self.set(server, Zone::Records(vec![a(address)]));
    }

    /// The names of an address.
    #[allow(dead_code)]
    pub fn names(&self, address: Ipv4Addr, names: &[&str]) {
        let reverse: Name = IpAddr::from(address).into();
        let records = names.iter().map(|text| RData::PTR(PTR(name(text)))).collect();
        self.zones.lock().unwrap().insert(reverse, Zone::Records(records));
    }
}

pub fn mx(preference: u16, server: &str) -> RData {
    RData::MX(MX::new(preference, name(server)))
}

pub fn a(address: Ipv4Addr) -> RData {
    RData::A(A(address))
}

/// What a mail server does at a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It says this.
    Say(&'static str),
    /// It says this in pieces of one octet.
    Stutter(&'static str),
    /// It says nothing.
    Hang,
    /// It closes the connection.
    Close,
    /// It says this without end.
    Forever(&'static str),
}

/// A mail server that does this at the stages.
#[derive(Clone, Copy)]
pub struct Post {
    pub banner: Act,
    pub ehlo: Act,
    pub helo: Act,
    pub mail: Act,
    pub rcpt: Act,
}

impl Default for Post {
    /// One that takes everything.
    fn default() -> Post {
        Post {
            banner: Act::Say("220 mx.example.com ESMTP\r\n"),
            ehlo: Act::Say("250-mx.example.com at your service\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"),
            helo: Act::Say("250 mx.example.com\r\n"),
            mail: Act::Say("250 2.1.0 Ok\r\n"),
            rcpt: Act::Say("250 2.1.5 Ok\r\n"),
        }
    }
}

/// The mail servers of a test, on one port.
pub struct PostOffice {
    pub port: u16,
    heard: Arc<Mutex<HashMap<Ipv4Addr, Vec<String>>>>,
    open: Arc<Mutex<Open>>,
}

/// How many conversations there are, and the most there ever were.
#[derive(Default)]
struct Open {
    now: usize,
    most: usize,
}

impl PostOffice {
    /// One with a port that is free at these addresses.
    pub async fn start(servers: &[(Ipv4Addr, Post)]) -> PostOffice {
        let (heard, open) = (Arc::default(), Arc::default());
        let (port, listeners) = listeners(servers).await;
        let office = PostOffice { port, heard, open };
        for (listener, (address, post)) in listeners.into_iter().zip(servers.iter().copied()) {
            let (heard, open) = (office.heard.clone(), office.open.clone());
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (heard, open) = (heard.clone(), open.clone());
                    tokio::spawn(async move {
                        count(&open, true);
                        // Who hangs up is no error of a server.
                        _ = serve(stream, post, address, &heard).await;
                        count(&open, false);
                    });
                }
            });
        }
        office
    }

    /// What was said to the server at an address.
    pub fn heard(&self, address: Ipv4Addr) -> Vec<String> {
        self.heard.lock().unwrap().get(&address).cloned().unwrap_or_default()
    }

    /// The most conversations that there were at once.
    pub fn most(&self) -> usize {
        self.open.lock().unwrap().most
    }
}

fn count(open: &Mutex<Open>, begins: bool) {
    let mut open = open.lock().unwrap();
    match begins {
        true => open.now += 1,
        false => open.now -= 1,
    }
    open.most = open.most.max(open.now);
}

/// Others may have the port at one of the addresses: then another one is tried.
async fn listeners(servers: &[(Ipv4Addr, Post)]) -> (u16, Vec<TcpListener>) {
    'ports: loop {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        drop(first);
        let mut listeners = Vec::new();
        for (address, _) in servers {
            match TcpListener::bind((*address, port)).await {
                Ok(listener) => listeners.push(listener),
                Err(_) => continue 'ports,
            }
        }
        return (port, listeners);
    }
}

async fn serve(
    stream: TcpStream,
    post: Post,
    address: Ipv4Addr,
    heard: &Mutex<HashMap<Ipv4Addr, Vec<String>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    act(&mut stream, post.banner).await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let said = line.trim_end().to_owned();
        line.clear();
        heard.lock().unwrap().entry(address).or_default().push(said.clone());
        match said.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => act(&mut stream, post.ehlo).await?,
            "HELO" => act(&mut stream, post.helo).await?,
            "MAIL" => act(&mut stream, post.mail).await?,
            "RCPT" => act(&mut stream, post.rcpt).await?,
            "QUIT" => return act(&mut stream, Act::Say("221 2.0.0 Bye\r\n")).await,
            _ => act(&mut stream, Act::Say("502 5.5.2 What?\r\n")).await?,
        }
    }
    Ok(())
}

async fn act(stream: &mut BufReader<TcpStream>, act: Act) -> std::io::Result<()> {
    match act {
        Act::Say(text) => stream.write_all(text.as_bytes()).await,
        Act::Stutter(text) => {
            for octet in text.as_bytes() {
                stream.write_all(&[*octet]).await?;
                stream.flush().await?;
                tokio::task::yield_now().await;
            }
            Ok(())
        }
        // Until the other side goes.
        Act::Hang => loop {
            if stream.fill_buf().await?.is_empty() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let length = stream.buffer().len();
            stream.consume(length);
        },
        Act::Close => Err(std::io::ErrorKind::ConnectionAborted.into()),
        Act::Forever(text) => loop {
            stream.write_all(text.as_bytes()).await?;
        },
    }
}

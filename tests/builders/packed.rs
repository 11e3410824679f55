//! Packed files and 7z archives, as real programs write them: `minutes.txt` holds two lines, `many.txt` forty times as
//! many, `invoice.pdf.exe` a stub without code.

use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::zip::{Entry, crc32, zip};
use super::{Fixture, ooxml, tar, types};

const TEXT: &[u8] = b"Minutes of the meeting.\r\nNothing else is in here.\r\n";

/// `bzip2 minutes.txt`
const BZ2: &str = "425a68393141592653593b8cc7b2000006d58000124001000303e79e002000486a9fa9e8a33283c90a64c4c832308433e56818c3741a\
     6be9579b909c97c7ab93401a48dede1a285dc914e14240ee331ec8";

/// `xz minutes.txt`
const XZ: &str = "fd377a585a000004e6d6b4460200210116000000742fe5a30100324d696e75746573206f6620746865206d656574696e672e0d0a4e6f\
     7468696e6720656c736520697320696e20686572652e0d0a00009be205492ca36b0e00014b33f342db8c1fb6f37d010000000004595a";

/// `xz --format=lzma minutes.txt`
const LZMA: &str = "5d00008000ffffffffffffffff00269a49c7892abf59571fcfc1fad80aaa7d567416f81c67b77e8dbcf0102eac8fe7fa32229db668a0\
     ff1b2b7acaedfd6b5aed8b7377fef2211500";

/// `lzip minutes.txt`
const LZIP: &str = "4c5a4950010c00269a49c7892abf59571fcfc1fad80aaa7d567416f81c67b77e8dbcf0102eac8fe7fa32229db668a0ff1b2b7acaedfd\
     6b5aed8b7377fef221150097b8531833000000000000005500000000000000";

/// `zstd many.txt`
const ZST: &str = "28b52ffd6492073d06006287161790a73a04cba86ae96ba6d8ee9046d9b48504a5ae985070e6c568dbc4c4a97a840e9e93790c1af4ff\
     ce722c8a0c62aae68fc4464f7d168369bd89c258c3a65bea98ba65844ded081085416eb054db2ddca67682e3d8b6c352802920302309\
     6614ec0fa61182b6e7654c39f184d91339454e36f29c6d757fb6197c3639db4ea1279613cb89f5c49d4cce266793b3a9b32dc553e439\
     f21cb9132ffec49570b23c9b9e4d71b6c59f621d9c384f9c27ce8993274eae270ef68971b23c25705e9855f8accf03bb2351f6";

/// `lz4 minutes.txt`
const LZ4: &str = "04224d186440a7330000804d696e75746573206f6620746865206d656574696e672e0d0a4e6f7468696e6720656c736520697320696e\
     20686572652e0d0a000000007cf77dc4";

/// `lz4 -l many.txt`
const LZ4_LEGACY: &str = "02214c1813010000f0104d696e75746573206f6620746865206d656574696e6720302e0d0a4e6f74680c00ff03656c73652069732069\
     6e20686572652e0d0a3500041f313500211f343500211f393500212f31363600212f32353600211f336c00221f34d800221f36430122\
     1f38ae01222f31301a02231f326e00231f34db00222f31364801222f3139b501221f322202232f32356e00231f38dc00222f33324a01\
     222f3336b801221f342602232f34346e00231f38dc00222f35324a01222f3537b801221f362602231f366e00231f37dc00231f374a01\
     231f38b801231f392602231f399402232f31300303232f31307203232f3131e103231f315004242f3132bf04232f31332e05241f349d\
     05241f350c06075072652e0d0a";

/// `compress many.txt`
const COMPRESS: &str = "1f9d904dd2b8a943a7cc1c106fcc80a083a60c883665cad0117806040c170d143879c3902288326ce6384c735020888672ca60541070\
     60c1830917367c1871a29b8a31566eec78f363c89125dd9c2c9372654b8206112a64e810a2448f34747244e311a4481024b10a45a932\
     e3d1974a6536ade93187549e15ad02d53ab4a8578148612e9de9d4264e1b67a9f6548b3568dbae2ce1828dc994e6d39e326ae4adfab3\
     2f5bae460527254c976ccf197833eed49bb671569390dfba9c3c77ece18a34cc6a9ecaf8eae7ad44017f252dd6b05d1036a2ae46ebd3\
     b5dfd08147cbad5dd7238e9cbb39f75e0b3a7664e1610b17ef1903c6c5e4ad99c3761b3c6ef4caa741c490815c23ebbd9e7f3b17ed9d\
     b2e9db3168e836cf9befebbfcfdb97b6ed31860dd5f429679f7adccd369c7496e19443660166e75873054a762078b7c990d862e8f9f6\
     d87add0db6df741525c6e0660ede079c81dfbde7910c3800486286dae1c79e87c42508c20c32ccf762671a42289b8429f277990de5ed\
     b8dc83dbfd089d7b42a2661d863cc67822904c8208827c459e1725923276481b82e1d180838e5a1e692287285669630d32b858e6801b\
     46b8e4876bde30e29be9c5a9a47e358667c385d8c1c8e59473f6799b0d76426926817bd208e66d37b4a9289c3ee6e728851edd30e6a4\
     79563ae39798f6346696f5759aa4a5a0aad8530e4f06bae59972f2f968594472dae3a99f4ea82a4e30e468ab946852496778d5b5f8eb\
     a0c1163a2b7531d47067a9b77699e6b0f059a898ab8bea89aaae4d8ad7e6b3029a2aadb086f687999bd0021beba5bb8a271f99e922bb\
     6eaadd364bdeb1b00206";

/// `head -c 130M /dev/zero | bzip2 -9`
const ZEROS: &str = "425a68393141592653590e09e2df015f8e4000c0000008200030804d4642a025a90a80973141592653590e09e2df015f8e4000c00000\
     08200030804d4642a025a90a80973141592653599d32b70b0154f75000c00004000008200030cc09aa69a10524b6a082925e2ee48a70\
     a121720df392";

/// `7zz a a.7z minutes.txt folder empty.txt`
const SEVENZ: &str = "377abcaf271c000400db91e6b20000000000000021000000000000001781959ae0006500365d00269a49c7892abf59571fcfc1fad80a\
     aa7d567416f81c67b77e8dbcf0102eac8fe7fa32229db668a0ff1b2b7acaee3cca1de3b9ba0000000000813307ae0fd1d4b708a090a0\
     775ec54018999b4ca85cf4b6da3d566ba140a817697445c6fedd1110e46b18875c7759633429941b66706161b9d4700b88f05f6f51aa\
     ac7abe79543d676075aedc74019d09bac698d46d093dad1f1c0e49315f47f4822002d10deb9b94a496aa13b0e000000017063e010974\
     00070b01000123030101055d001000000c809e0a019278d4570000";

/// `7zz a -mhc=off a.7z minutes.txt`
const SEVENZ_PLAIN: &str = "377abcaf271c000479170317370000000000000052000000000000006d3905210100324d696e75746573206f6620746865206d656574\
     696e672e0d0a4e6f7468696e6720656c736520697320696e20686572652e0d0a000104060001093700070b010001212101000c330008\
     0a0197b8531800000501190c0000000000000000000000001119006d0069006e0075007400650073002e007400780074000000150601\
     002080a4810000";

/// `7zz a -m0=PPMd a.7z many.txt`
const SEVENZ_PPMD: &str = "377abcaf271c000499542bc490000000000000005a00000000000000614e2f8f004d1e3b786340175f92ed46cc7d34bfd1dc85437b11\
     5ebf623919bf43539ea40f05a0519183592a8e2fa71103a901e6c42f25a4323366b3edae8a6b6f2d61750d46a7c87415ee88e26bd90b\
     8c3f7e5ed49f53ba06311333cca34b630fb42298e4c2b2f0e42680254f802a5417337399bb4cc2e04c1e840bd89121f60b6003203c98\
     7a47164aa4a25aa5d9886853f700010406000109809000070b010001230304010506000001000c889200080a01dfd42d4e0000050119\
     04000000001113006d0061006e0079002e0074007800740000001900140a01000040ba19e05bdb01150601002080a4810000";

/// `7zz a -p1234 a.7z invoice.pdf.exe`
const SEVENZ_LOCKED: &str = "377abcaf271c0004a800eb1a40000000000000006a000000000000001b15249d220f4308de55ba4fff564602084810f8bff558b98ddd\
     003399a672b39dd7c365d46b6fbd987af5b7e71f37a7105ec154d189670051b5b6cfdcabc062d5dc1b310104060001094000070b0100\
     022406f1070112530fe65d7908b7c0f35ee3c93478bd571aa42121010001000c393500080a016baacc67000005011901001121006900\
     6e0076006f006900630065002e007000640066002e006500780065000000150601002080a4810000";

/// `7zz a -p1234 -mhe=on a.7z invoice.pdf.exe`
const SEVENZ_NAMES_LOCKED: &str = "377abcaf271c000465655f3db0000000000000002e000000000000003cc79505ab617d38efdc2b66d408ebaf200aafe06c8508f584c0\
     0384ab7e5a2f95138ec56a9319f69f7a57069564e0573fd283ac715307163a530006e2eaa2836d4ee401240621a9c5003d83a31535e2\
     26e1fbdf113eb7d925783c7d39e193a88d4f3ae08cd8df733ca9f37e08b87ef965675b38c412b8346db56fa591c04ce4d96cebc5d52d\
     9c02f2bbe6943f3ece697cf0966cfa13446d29ea64b325ac23298e008dff71c6ace733cf782af33bd2c18983d6f61706400109700007\
     0b0100012406f1070112530fbe0bdaf027c4201165821a514242300d0c6a0a01d20ab3030000";

/// `7zz u base.7z -u- -up1q3r2x2y2z0w2!anti.7z minutes.txt empty.txt, with empty.txt gone`
const SEVENZ_ANTI: &str = "377abcaf271c0004cadcc036930000000000000020000000000000008cfb273e0100324d696e75746573206f6620746865206d656574\
     696e672e0d0a4e6f7468696e6720656c736520697320696e20686572652e0d0a000000813307ae0fd16ac5a0a090a0775ec540188dfd\
     76e6e6a1910cd6112e01a4d2141b7d8464a56e24fcc92223f19baa9a68cb904ba9ba8bd8aaddf01008cd54bfca627a792c87b2ac9e91\
     ee5f62cf3d6db2740b7e44ffe6f32dde9c17063701095c00070b01000123030101055d001000000c6a0a0183a0e1760000";

/// `7zz a -tzip -mm=Deflate64 a.zip many.txt`
const ZIP_DEFLATE64: &str = "504b03041500000009000000215adfd42d4eb600000092080000080000006d616e792e7478749d95dd0902311084df057b480592dd6c\
     724911dac5ea05f40e4cec5f2d4084efede01886f9d9c9b96fafe923ecd730570f0ff7d9b75b88a7e3e1b2cff5fbedf7e1a18fd0b7b0\
     fad33f7f7e8084808c801a01492128cd04951097215d055958515a12593394b119922605f9280d85a6ac219a195b45da9222275341b9\
     196b891963ab485b56e4645e506e85b5a430b685695b989395e5d6584b1aeba444760212d9c589b00317b827a26cbe24c1b53438cef9\
     cf5bf006504b01023f031500000009000000215adfd42d4eb600000092080000080024000000000000002080a481000000006d616e79\
     2e7478740a00200000000000010018000040ba19e05bdb0100000000000000000000000000000000504b050600000000010001005a00\
     0000dc0000000000";

/// `7zz a -tzip -mm=BZip2 a.zip many.txt`
const ZIP_BZIP2: &str = "504b03042e0000000c000000215adfd42d4eca00000092080000080000006d616e792e747874425a6839314159265359fa5120f20001\
     515d80001240017fe0000303e79e0030013a201a642685034f50018a000000060a54a9faa7a8340600c8c04c84e013a89a89c42604e4\
     1820030ce48e5a7db633124971052781265e51949da279964f0874d52a560998496ba0afd683d116d53b19b838a322119724480914ab\
     221630214b1953842f4b38cda0a7b18375a09fa27313513b89a09913613789b09c82644d04c09813026827613227b09813504c09a899\
     1322604d84f026826e13d44dc279177245385090fa5120f2504b01023f032e0000000c000000215adfd42d4eca000000920800000800\
     24000000000000002080a481000000006d616e792e7478740a00200000000000010018000040ba19e05bdb0100000000000000000000\
     000000000000504b050600000000010001005a000000f00000000000";

/// `7zz a -tzip -mm=LZMA a.zip many.txt`
const ZIP_LZMA: &str = "504b03043f0002000e000000215adfd42d4ed300000092080000080000006d616e792e7478741a0205005d0010000000269a49c7892a\
     bf59571fcfc1fad80aaa7d567416f81c67a1936359a2ff7de5fb71471ae115798112391a95ce618859fc0bd0e8b6202e7f0307772692\
     53e215a62c109e84375b3da52460929bf0d7d7681c9c3887bdd58bdcbc74bdc47aa1e620324361b4297e142ef12341a944c76857c2d4\
     2289772f4a8714a41172b6c9c4e2847233ab05ca8a9ff07a7a4b7e18184c7ff11a455a4402472ac691c17ef7a168ecbef659adbb4c2f\
     11fe7f42e9af00cc13a12a3ee650be2c2f685795dd3512b212ca2a8f9ffed93115504b01023f033f0002000e000000215adfd42d4ed3\
     00000092080000080024000000000000002080a481000000006d616e792e7478740a00200000000000010018000040ba19e05bdb0100\
     000000000000000000000000000000504b050600000000010001005a000000f90000000000";

/// `7zz a -tzip -mm=PPMd a.zip many.txt`
const ZIP_PPMD: &str = "504b03043f00000062000000215adfd42d4e9200000092080000080000006d616e792e74787407004d1e3b4c98c8b3b0cd4297d4c472\
     f69b90f71b0b857ab08705b4136e1cfd5e9aa94e513a43b28a7c9150c8535f698b74d1d5b95f376583cd60c78a453a800d3b385f0ad2\
     fd20cfa1f6784aaf8c570de787bb40a57abc2435c10b7a43ad2e5e8a1fa3bef20df581d877141f42a39c9192a0b6155b810fa7c48fa4\
     50dd0266b1d6279ffd0eea4f0d662bbd6f40d4e3f200504b01023f033f00000062000000215adfd42d4e920000009208000008002400\
     0000000000002080a481000000006d616e792e7478740a00200000000000010018000040ba19e05bdb01000000000000000000000000\
     00000000504b050600000000010001005a000000b80000000000";

/// `7zz a -tzip -p1234 -mem=AES256 a.zip many.txt`
const ZIP_AES: &str = "504b03043300010063000000215a00000000d20000009208000008000b006d616e792e7478740199070002004145030800b5f1ad57a9\
     bb28270b9e3c8e773a3c2af88ec6fc2669877b1c7cf2e4bfced72225160edb3adffc4f11cede36d94cde345dced6e26a1eea623b4bec\
     a93529e0331c275d0fc647f84eaea793dba39bbc4867cf66d64dca67c9edc0c0eb7e7f5b674e2a0b1ee7c5e81a9370f932afbf4c1e4e\
     700455aad82e3a338afecc88888c2e3d9b219ec80d6563bff99bc26ba82f3b75ed2944c6d2b6373c070db0262ad98396737e11221588\
     782065082e5ee07a3c44a70a4d020d40bae504dab312754fa97e56a36354d254f898a0c9154dfded6db979504b01023f033300010063\
     000000215a00000000d20000009208000008002f000000000000002080a481000000006d616e792e7478740a00200000000000010018\
     000040ba19e05bdb01000000000000000000000000000000000199070002004145030800504b05060000000001000100650000000301\
     00000000";

/// `7zz a -tzip -p1234 -mem=AES128 -mm=LZMA a.zip many.txt`
const ZIP_AES_LZMA: &str = "504b03043f00030063000000215a00000000e70000009208000008000b006d616e792e7478740199070002004145010e00f9dd3da492\
     0a63f112a6307d89a2150b520026e156242a415be5ae2628c1fac223c5cfeb30c7e7cd6ec8713ce25a4c67fae1e4e8a760c6ee860b9e\
     1e077e4390c5d7805b9e2f934028326a359d53036007d91d6ea9af525aacd5ccbbcca4ef2e7a79c56d61a777e67c1409c7d76c5d187f\
     acaf306bbf701d12b00ed6bcc81a0d8bc641da75a4fb0cd8fd6a7695eabf6a3979913094f5dfe49691d0922e15a723db120b46559811\
     30070dff016c5aee6bfbbc22ab592746520c98ea849278bff10ee23fc37bcae6b87ea1f2de57c218f662357c5717c63c10d2e694bb46\
     2fdd9eaa3c994bf81d57504b01023f033f00030063000000215a00000000e70000009208000008002f000000000000002080a4810000\
     00006d616e792e7478740a00200000000000010018000040ba19e05bdb01000000000000000000000000000000000199070002004145\
     010e00504b0506000000000100010065000000180100000000";

/// `7zz a -tzip -p1234 -mem=ZipCrypto -mm=BZip2 a.zip many.txt`
const ZIP_CRYPTO_BZIP2: &str = "504b03042e0001000c000000215adfd42d4ed600000092080000080000006d616e792e747874ca65c7034f8640f20a2d962a653bd9df\
     48a5cf7b07fa44fbc9a9987f8183c366db5130806a1e913ccdc5b79c52f940a071c89f05fe9cbfb9663d9273024ef96dd6b33c55bfc6\
     cc412651303b4170ea58d931306bfa1c0a4e7567e5a4c529395a7541a638c12f22c16c59dbc7eb923fcf3a33cc3b92341a22410e42fa\
     d8b7d74ea9f3e8411d80aa99ebac170d7264c4c9af6566f660b04ad4719fa65d5bb82971f1fbc64698428dfd25b8b86e58762abbacf1\
     22c3a6f9a39386190c4c31d8e5921e9df9e2c44a999f9c01d87047a0485fbaf2e429927d504b01023f032e0001000c000000215adfd4\
     2d4ed600000092080000080024000000000000002080a481000000006d616e792e7478740a00200000000000010018000040ba19e05b\
     db0100000000000000000000000000000000504b050600000000010001005a000000fc0000000000";

/// `zip -fz a.zip - < minutes.txt`
const ZIP64: &str = "504b03042d0000000800cb54765d97b85318ffffffffffffffff010014002d0100100033000000000000003200000000000000f3cdcc\
     2b2d492d56c84f5328c94855c84d4d2dc9cc4bd7e3e5f2cb2fc900b21452738a5315328b1532f31432528b52813200504b01021e032d\
     0000000800cb54765d97b8531832000000ffffffff01000c0000000000010000008011000000002d010008003300000000000000504b\
     06062c000000000000001e032d000000000000000000010000000000000001000000000000003b000000000000006500000000000000\
     504b060700000000a00000000000000001000000504b050600000000010001003b000000ffffffff0000";

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn gzip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let builder = if name.is_empty() { GzBuilder::new() } else { GzBuilder::new().filename(name) };
    let mut encoder = builder.write(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Changes bytes of a 7z archive whose list is neither packed nor locked, and sets its sums right.
fn changed(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = hex(SEVENZ_PLAIN);
    let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap();
    bytes[at..at + from.len()].copy_from_slice(to);
    let header = 32 + u64::from_le_bytes(bytes[12..20].try_into().unwrap()) as usize;
    let sum = crc32(&bytes[header..]);
    bytes[28..32].copy_from_slice(&sum.to_le_bytes()); // NextHeaderCRC
    let sum = crc32(&bytes[12..32]);
    bytes[8..12].copy_from_slice(&sum.to_le_bytes()); // StartHeaderCRC
    bytes
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A program with one section, and an archive behind it.
fn unpacks_itself(archive: &[u8]) -> Vec<u8> {
    let mut bytes = types::program(types::EXECUTABLE, b"");
    bytes[0x86] = 1; // NumberOfSections
    bytes.resize(0xC0, 0); // no optional header: the section table follows
    bytes[0xA8..0xAC].copy_from_slice(&0x40_u32.to_le_bytes()); // SizeOfRawData
    bytes[0xAC..0xB0].copy_from_slice(&0xC0_u32.to_le_bytes()); // PointerToRawData
    bytes.resize(0x100, 0);
    [&bytes[..], archive].concat()
}

/// The dictionary of an XZ block said to be of 4 GiB ([xz-file-format] 3.1).
fn huge_dictionary() -> Vec<u8> {
    let mut bytes = hex(XZ);
    let end = 12 + (usize::from(bytes[12]) + 1) * 4;
    let filter = bytes[..end].iter().rposition(|byte| *byte == 0x21).unwrap();
    bytes[filter + 2] = 40;
    let sum = crc32(&bytes[12..end - 4]);
    bytes[end - 4..end].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Info-ZIP Unicode Path Extra Field (APPNOTE 4.6.9).
fn unicode_path(plain: &str, unicode: &str) -> Vec<u8> {
    let mut field = vec![1];
    field.extend(crc32(plain.as_bytes()).to_le_bytes());
    field.extend(unicode.as_bytes());
    let mut extra = 0x7075_u16.to_le_bytes().to_vec();
    extra.extend((field.len() as u16).to_le_bytes());
    extra.extend(field);
    extra
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    [single(), sevenz(), zips()].into_iter().flatten().collect()
}

fn single() -> Vec<Fixture> {
    let document = ooxml::acting_workbook();
    let text = gzip("minutes.txt", TEXT);
    let packed_tar = gzip("", &tar::archive(&[tar::entry("scan.xlsm", b'0', "", &document)]));
    let deep = (0..20).fold(text.clone(), |inner, _| gzip("", &inner));
    let honest = |id, file, bytes: Vec<u8>| Fixture::new(id, file, bytes).honest();
    vec![
        honest("gz-honest", "minutes.txt.gz", text.clone()),
        honest("gz-members", "minutes.txt.gz", [text.clone(), gzip("", TEXT), vec![0; 512]].concat()),
        honest("gz-other-name", "download.gz", text.clone()),
        Fixture::new("gz-name-hides-script", "minutes.vbs.gz", gzip("minutes.txt", b"' inert\r\nx = 1\r\n")),
        Fixture::new("gz-cut", "minutes.txt.gz", text[..text.len() - 12].to_vec()),
        Fixture::new("gz-data-after", "minutes.txt.gz", [text.clone(), vec![0xA5; 300]].concat()),
        Fixture::new("gz-hidden-after-zeros", "minutes.txt.gz", [text, vec![0; 9000], b"MZ".repeat(40)].concat()),
        Fixture::new("gz-deep", "a.gz", deep),
        Fixture::new("tgz-document", "scan.tgz", packed_tar),
        Fixture::new("svgz-drawing", "logo.svgz", gzip("", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")),
        honest("bz2-honest", "minutes.txt.bz2", hex(BZ2)),
        Fixture::new("bz2-padded", "minutes.txt.bz2", hex(ZEROS)),
        honest("xz-honest", "minutes.txt.xz", hex(XZ)),
        Fixture::new("xz-huge-dictionary", "minutes.txt.xz", huge_dictionary()),
        honest("lzma-honest", "minutes.txt.lzma", hex(LZMA)),
        honest("lzip-honest", "minutes.txt.lz", [hex(LZIP), hex(LZIP)].concat()),
        honest("zst-honest", "minutes.txt.zst", [hex(ZST), b"\x50\x2A\x4D\x18\x01\0\0\0x".to_vec(), hex(ZST)].concat()),
        honest("lz4-honest", "minutes.txt.lz4", hex(LZ4)),
        honest("lz4-legacy", "minutes.txt.lz4", hex(LZ4_LEGACY)),
        honest("compress-honest", "minutes.txt.Z", hex(COMPRESS)),
    ]
}

fn sevenz() -> Vec<Fixture> {
    let name = utf_16("minutes.txt");
    let whole = hex(SEVENZ);
    vec![
        Fixture::new("7z-honest", "minutes.7z", whole.clone()).honest(),
        Fixture::new("7z-ppmd", "minutes.7z", hex(SEVENZ_PPMD)).honest(),
        Fixture::new("7z-locked", "invoice.7z", hex(SEVENZ_LOCKED)),
        Fixture::new("7z-locked-opened", "invoice.7z", hex(SEVENZ_LOCKED)).passwords(&["wrong", "1234"]),
        Fixture::new("7z-names-locked", "invoice.7z", hex(SEVENZ_NAMES_LOCKED)).passwords(&["wrong"]),
        Fixture::new("7z-names-locked-opened", "invoice.7z", hex(SEVENZ_NAMES_LOCKED)).passwords(&["1234"]),
        Fixture::new("7z-cut", "minutes.7z", whole[..whole.len() - 20].to_vec()),
        Fixture::new("7z-data-after", "minutes.7z", [whole, vec![0xA5; 300]].concat()),
        Fixture::new("7z-unknown-method", "minutes.7z", changed(&[0x21, 0x21, 1], &[0x21, 0x7E, 1])),
        Fixture::new("7z-path-escape", "minutes.7z", changed(&name, &utf_16("../nute.txt"))),
        Fixture::new("7z-damaged", "minutes.7z", {
            let mut bytes = hex(SEVENZ_PLAIN);
            bytes[40] ^= 0xFF;
            bytes
        }),
        Fixture::new("7z-deletes", "minutes.7z", hex(SEVENZ_ANTI)),
        Fixture::new("7z-behind-program", "setup.exe", unpacks_itself(&hex(SEVENZ))),
        Fixture::new("zip-behind-program", "setup.exe", unpacks_itself(&zip(&[Entry::deflated("minutes.txt", TEXT)]))),
    ]
}

fn zips() -> Vec<Fixture> {
    let program = Entry::stored("report.txt", TEXT).extra(unicode_path("report.txt", "report.exe"));
    let strong = Entry::stored("minutes.txt", TEXT).flags(0x41);
    vec![
        Fixture::new("zip-deflate64", "minutes.zip", hex(ZIP_DEFLATE64)).honest(),
        Fixture::new("zip-bzip2", "minutes.zip", hex(ZIP_BZIP2)).honest(),
        Fixture::new("zip-lzma", "minutes.zip", hex(ZIP_LZMA)).honest(),
        Fixture::new("zip-ppmd", "minutes.zip", hex(ZIP_PPMD)).honest(),
        Fixture::new("zip-zstd", "minutes.zip", zip(&[Entry::stored("a.txt", &hex(ZST)).packed(93, 2194, 0x4E2DD4DF)]))
            .honest(),
        Fixture::new("zip-xz", "minutes.zip", zip(&[Entry::stored("a.txt", &hex(XZ)).packed(95, 51, crc32(TEXT))]))
            .honest(),
        Fixture::new(
            "zip-unknown-method",
            "minutes.zip",
            zip(&[Entry::stored("a.txt", TEXT).packed(97, 51, crc32(TEXT))]),
        ),
        Fixture::new("zip-aes", "minutes.zip", hex(ZIP_AES)).passwords(&["wrong"]),
        Fixture::new("zip-aes-opened", "minutes.zip", hex(ZIP_AES)).passwords(&["wrong", "1234"]),
        Fixture::new("zip-aes-lzma-opened", "minutes.zip", hex(ZIP_AES_LZMA)).passwords(&["1234"]),
        Fixture::new("zip-crypto-bzip2-opened", "minutes.zip", hex(ZIP_CRYPTO_BZIP2)).passwords(&["1234"]),
        Fixture::new("zip-strong-encryption", "minutes.zip", zip(&[strong])).passwords(&["1234"]),
        Fixture::new("zip-64", "minutes.zip", hex(ZIP64)).honest(),
        Fixture::new("zip-two-names", "minutes.zip", zip(&[program])),
    ]
}

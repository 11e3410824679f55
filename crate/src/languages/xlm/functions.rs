//! Numbers and names of functions: `Ftab` ([MS-XLS] 2.5.198.17, [MS-XLSB] 2.5.97.10) and the commands of macro sheets,
//! `Cetab` ([MS-XLS] 2.5.198.4).

use std::sync::OnceLock;

use crate::hashed::HashSet;

/// Its token tells how many arguments there are.
const V: u8 = u8::MAX;

/// Name of a function (`Ftab`) or command (`Cetab`), and how many arguments `PtgFunc` takes from the stack; `None` where
/// the number is only known from a `PtgFuncVar`. A user-defined function (0x00FF) has no name here: its first argument
/// is the name.
pub(crate) fn function(number: u16, command: bool) -> Option<(&'static str, Option<u8>)> {
    if command {
        let at = COMMANDS.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        return COMMANDS.get(at).map(|(_, name)| (*name, None));
    }
    let at = FUNCTIONS.binary_search_by_key(&number, |(number, ..)| *number).ok()?;
    FUNCTIONS.get(at).map(|(_, arity, name)| (*name, (*arity != V).then_some(*arity)))
}

/// How many arguments a function took in Excel 2 to 4 that takes a varying number since, by its number.
pub(crate) fn early(number: u16) -> Option<u8> {
    Some(match number {
        // HALT, WINDOWS, DOCUMENTS, ADD.BAR, GET.BAR
        0x036 | 0x05B | 0x05D | 0x097 | 0x0B6 => 0,
        // WEEKDAY, TRUNC
        0x046 | 0x0C5 => 1,
        // ADD.MENU, DELETE.MENU, DAYS360
        0x098 | 0x09E | 0x0DC => 2,
        // HLOOKUP, VLOOKUP, REGISTER, ADD.COMMAND, DELETE.COMMAND
        0x065 | 0x066 | 0x095 | 0x099 | 0x09F => 3,
        // ENABLE.COMMAND, CHECK.COMMAND, RENAME.COMMAND
        0x09A..=0x09C => 4,
        _ => return None,
    })
}

/// Functions without a number that macros compute with.
const NEWER: &[&str] = &[
    "ARABIC",
    "BASE",
    "BITAND",
    "BITLSHIFT",
    "BITOR",
    "BITRSHIFT",
    "BITXOR",
    "CEILING.MATH",
    "CONCAT",
    "DAYS",
    "DECIMAL",
    "FLOOR.MATH",
    "FORMULATEXT",
    "IFNA",
    "IFS",
    "NUMBERVALUE",
    "SHEET",
    "SHEETS",
    "SINGLE",
    "SWITCH",
    "TEXTJOIN",
    "UNICHAR",
    "UNICODE",
    "XLOOKUP",
    "XOR",
];

/// Whether Excel knows a function or command by this name, given in upper case.
pub(crate) fn is_function(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let numbered = FUNCTIONS.iter().map(|(.., name)| *name).chain(COMMANDS.iter().map(|(_, name)| *name));
        numbered.chain(NEWER.iter().copied()).collect()
    });
    names.contains(name)
}

#[rustfmt::skip]
const FUNCTIONS: &[(u16, u8, &str)] = &[
    (0x000, V, "COUNT"), (0x001, V, "IF"), (0x002, 1, "ISNA"), (0x003, 1, "ISERROR"), (0x004, V, "SUM"),
    (0x005, V, "AVERAGE"), (0x006, V, "MIN"), (0x007, V, "MAX"), (0x008, V, "ROW"), (0x009, V, "COLUMN"),
    (0x00A, 0, "NA"), (0x00B, V, "NPV"), (0x00C, V, "STDEV"), (0x00D, V, "DOLLAR"), (0x00E, V, "FIXED"),
    (0x00F, 1, "SIN"), (0x010, 1, "COS"), (0x011, 1, "TAN"), (0x012, 1, "ATAN"), (0x013, 0, "PI"), (0x014, 1, "SQRT"),
    (0x015, 1, "EXP"), (0x016, 1, "LN"), (0x017, 1, "LOG10"), (0x018, 1, "ABS"), (0x019, 1, "INT"), (0x01A, 1, "SIGN"),
    (0x01B, 2, "ROUND"), (0x01C, V, "LOOKUP"), (0x01D, V, "INDEX"), (0x01E, 2, "REPT"), (0x01F, 3, "MID"),
    (0x020, 1, "LEN"), (0x021, 1, "VALUE"), (0x022, 0, "TRUE"), (0x023, 0, "FALSE"), (0x024, V, "AND"),
    (0x025, V, "OR"), (0x026, 1, "NOT"), (0x027, 2, "MOD"), (0x028, 3, "DCOUNT"), (0x029, 3, "DSUM"),
    (0x02A, 3, "DAVERAGE"), (0x02B, 3, "DMIN"), (0x02C, 3, "DMAX"), (0x02D, 3, "DSTDEV"), (0x02E, V, "VAR"),
    (0x02F, 3, "DVAR"), (0x030, 2, "TEXT"), (0x031, V, "LINEST"), (0x032, V, "TREND"), (0x033, V, "LOGEST"),
    (0x034, V, "GROWTH"), (0x035, 1, "GOTO"), (0x036, V, "HALT"), (0x037, V, "RETURN"), (0x038, V, "PV"),
    (0x039, V, "FV"), (0x03A, V, "NPER"), (0x03B, V, "PMT"), (0x03C, V, "RATE"), (0x03D, 3, "MIRR"), (0x03E, V, "IRR"),
    (0x03F, 0, "RAND"), (0x040, V, "MATCH"), (0x041, 3, "DATE"), (0x042, 3, "TIME"), (0x043, 1, "DAY"),
    (0x044, 1, "MONTH"), (0x045, 1, "YEAR"), (0x046, V, "WEEKDAY"), (0x047, 1, "HOUR"), (0x048, 1, "MINUTE"),
    (0x049, 1, "SECOND"), (0x04A, 0, "NOW"), (0x04B, 1, "AREAS"), (0x04C, 1, "ROWS"), (0x04D, 1, "COLUMNS"),
    (0x04E, V, "OFFSET"), (0x04F, 2, "ABSREF"), (0x050, 2, "RELREF"), (0x051, V, "ARGUMENT"), (0x052, V, "SEARCH"),
    (0x053, 1, "TRANSPOSE"), (0x054, V, "ERROR"), (0x055, 0, "STEP"), (0x056, 1, "TYPE"), (0x057, V, "ECHO"),
    (0x058, V, "SET.NAME"), (0x059, 0, "CALLER"), (0x05A, 1, "DEREF"), (0x05B, V, "WINDOWS"), (0x05C, V, "SERIES"),
    (0x05D, V, "DOCUMENTS"), (0x05E, 0, "ACTIVE.CELL"), (0x05F, 0, "SELECTION"), (0x060, V, "RESULT"),
    (0x061, 2, "ATAN2"), (0x062, 1, "ASIN"), (0x063, 1, "ACOS"), (0x064, V, "CHOOSE"), (0x065, V, "HLOOKUP"),
    (0x066, V, "VLOOKUP"), (0x067, V, "LINKS"), (0x068, V, "INPUT"), (0x069, 1, "ISREF"), (0x06A, 1, "GET.FORMULA"),
    (0x06B, V, "GET.NAME"), (0x06C, 2, "SET.VALUE"), (0x06D, V, "LOG"), (0x06E, V, "EXEC"), (0x06F, 1, "CHAR"),
    (0x070, 1, "LOWER"), (0x071, 1, "UPPER"), (0x072, 1, "PROPER"), (0x073, V, "LEFT"), (0x074, V, "RIGHT"),
    (0x075, 2, "EXACT"), (0x076, 1, "TRIM"), (0x077, 4, "REPLACE"), (0x078, V, "SUBSTITUTE"), (0x079, 1, "CODE"),
    (0x07A, V, "NAMES"), (0x07B, V, "DIRECTORY"), (0x07C, V, "FIND"), (0x07D, V, "CELL"), (0x07E, 1, "ISERR"),
    (0x07F, 1, "ISTEXT"), (0x080, 1, "ISNUMBER"), (0x081, 1, "ISBLANK"), (0x082, 1, "T"), (0x083, 1, "N"),
    (0x084, V, "FOPEN"), (0x085, 1, "FCLOSE"), (0x086, 1, "FSIZE"), (0x087, 1, "FREADLN"), (0x088, 2, "FREAD"),
    (0x089, 2, "FWRITELN"), (0x08A, 2, "FWRITE"), (0x08B, V, "FPOS"), (0x08C, 1, "DATEVALUE"), (0x08D, 1, "TIMEVALUE"),
    (0x08E, 3, "SLN"), (0x08F, 4, "SYD"), (0x090, V, "DDB"), (0x091, V, "GET.DEF"), (0x092, V, "REFTEXT"),
    (0x093, V, "TEXTREF"), (0x094, V, "INDIRECT"), (0x095, V, "REGISTER"), (0x096, V, "CALL"), (0x097, V, "ADD.BAR"),
    (0x098, V, "ADD.MENU"), (0x099, V, "ADD.COMMAND"), (0x09A, V, "ENABLE.COMMAND"), (0x09B, V, "CHECK.COMMAND"),
    (0x09C, V, "RENAME.COMMAND"), (0x09D, V, "SHOW.BAR"), (0x09E, V, "DELETE.MENU"), (0x09F, V, "DELETE.COMMAND"),
    (0x0A0, V, "GET.CHART.ITEM"), (0x0A1, 1, "DIALOG.BOX"), (0x0A2, 1, "CLEAN"), (0x0A3, 1, "MDETERM"),
    (0x0A4, 1, "MINVERSE"), (0x0A5, 2, "MMULT"), (0x0A6, V, "FILES"), (0x0A7, V, "IPMT"), (0x0A8, V, "PPMT"),
    (0x0A9, V, "COUNTA"), (0x0AA, V, "CANCEL.KEY"), (0x0AB, V, "FOR"), (0x0AC, 1, "WHILE"), (0x0AD, 0, "BREAK"),
    (0x0AE, 0, "NEXT"), (0x0AF, 2, "INITIATE"), (0x0B0, 2, "REQUEST"), (0x0B1, 3, "POKE"), (0x0B2, 2, "EXECUTE"),
    (0x0B3, 1, "TERMINATE"), (0x0B4, V, "RESTART"), (0x0B5, V, "HELP"), (0x0B6, V, "GET.BAR"), (0x0B7, V, "PRODUCT"),
    (0x0B8, 1, "FACT"), (0x0B9, V, "GET.CELL"), (0x0BA, 1, "GET.WORKSPACE"), (0x0BB, V, "GET.WINDOW"),
    (0x0BC, V, "GET.DOCUMENT"), (0x0BD, 3, "DPRODUCT"), (0x0BE, 1, "ISNONTEXT"), (0x0BF, V, "GET.NOTE"),
    (0x0C0, V, "NOTE"), (0x0C1, V, "STDEVP"), (0x0C2, V, "VARP"), (0x0C3, 3, "DSTDEVP"), (0x0C4, 3, "DVARP"),
    (0x0C5, V, "TRUNC"), (0x0C6, 1, "ISLOGICAL"), (0x0C7, 3, "DCOUNTA"), (0x0C8, 1, "DELETE.BAR"),
    (0x0C9, 1, "UNREGISTER"), (0x0CC, V, "USDOLLAR"), (0x0CD, V, "FINDB"), (0x0CE, V, "SEARCHB"),
    (0x0CF, 4, "REPLACEB"), (0x0D0, V, "LEFTB"), (0x0D1, V, "RIGHTB"), (0x0D2, 3, "MIDB"), (0x0D3, 1, "LENB"),
    (0x0D4, 2, "ROUNDUP"), (0x0D5, 2, "ROUNDDOWN"), (0x0D6, 1, "ASC"), (0x0D7, 1, "DBCS"), (0x0D8, V, "RANK"),
    (0x0DB, V, "ADDRESS"), (0x0DC, V, "DAYS360"), (0x0DD, 0, "TODAY"), (0x0DE, V, "VDB"), (0x0DF, 0, "ELSE"),
    (0x0E0, 1, "ELSE.IF"), (0x0E1, 0, "END.IF"), (0x0E2, V, "FOR.CELL"), (0x0E3, V, "MEDIAN"), (0x0E4, V, "SUMPRODUCT"),
    (0x0E5, 1, "SINH"), (0x0E6, 1, "COSH"), (0x0E7, 1, "TANH"), (0x0E8, 1, "ASINH"), (0x0E9, 1, "ACOSH"),
    (0x0EA, 1, "ATANH"), (0x0EB, 3, "DGET"), (0x0EC, V, "CREATE.OBJECT"), (0x0ED, V, "VOLATILE"),
    (0x0EE, 0, "LAST.ERROR"), (0x0EF, V, "CUSTOM.UNDO"), (0x0F0, V, "CUSTOM.REPEAT"), (0x0F1, V, "FORMULA.CONVERT"),
    (0x0F2, V, "GET.LINK.INFO"), (0x0F3, V, "TEXT.BOX"), (0x0F4, 1, "INFO"), (0x0F5, 0, "GROUP"),
    (0x0F6, V, "GET.OBJECT"), (0x0F7, V, "DB"), (0x0F8, V, "PAUSE"), (0x0FB, V, "RESUME"), (0x0FC, 2, "FREQUENCY"),
    (0x0FD, V, "ADD.TOOLBAR"), (0x0FE, 1, "DELETE.TOOLBAR"), (0x100, 1, "RESET.TOOLBAR"), (0x101, 1, "EVALUATE"),
    (0x102, V, "GET.TOOLBAR"), (0x103, V, "GET.TOOL"), (0x104, V, "SPELLING.CHECK"), (0x105, 1, "ERROR.TYPE"),
    (0x106, V, "APP.TITLE"), (0x107, V, "WINDOW.TITLE"), (0x108, V, "SAVE.TOOLBAR"), (0x109, 3, "ENABLE.TOOL"),
    (0x10A, 3, "PRESS.TOOL"), (0x10B, V, "REGISTER.ID"), (0x10C, V, "GET.WORKBOOK"), (0x10D, V, "AVEDEV"),
    (0x10E, V, "BETADIST"), (0x10F, 1, "GAMMALN"), (0x110, V, "BETAINV"), (0x111, 4, "BINOMDIST"),
    (0x112, 2, "CHIDIST"), (0x113, 2, "CHIINV"), (0x114, 2, "COMBIN"), (0x115, 3, "CONFIDENCE"),
    (0x116, 3, "CRITBINOM"), (0x117, 1, "EVEN"), (0x118, 3, "EXPONDIST"), (0x119, 3, "FDIST"), (0x11A, 3, "FINV"),
    (0x11B, 1, "FISHER"), (0x11C, 1, "FISHERINV"), (0x11D, 2, "FLOOR"), (0x11E, 4, "GAMMADIST"), (0x11F, 3, "GAMMAINV"),
    (0x120, 2, "CEILING"), (0x121, 4, "HYPGEOMDIST"), (0x122, 3, "LOGNORMDIST"), (0x123, 3, "LOGINV"),
    (0x124, 3, "NEGBINOMDIST"), (0x125, 4, "NORMDIST"), (0x126, 1, "NORMSDIST"), (0x127, 3, "NORMINV"),
    (0x128, 1, "NORMSINV"), (0x129, 3, "STANDARDIZE"), (0x12A, 1, "ODD"), (0x12B, 2, "PERMUT"), (0x12C, 3, "POISSON"),
    (0x12D, 3, "TDIST"), (0x12E, 4, "WEIBULL"), (0x12F, 2, "SUMXMY2"), (0x130, 2, "SUMX2MY2"), (0x131, 2, "SUMX2PY2"),
    (0x132, 2, "CHITEST"), (0x133, 2, "CORREL"), (0x134, 2, "COVAR"), (0x135, 3, "FORECAST"), (0x136, 2, "FTEST"),
    (0x137, 2, "INTERCEPT"), (0x138, 2, "PEARSON"), (0x139, 2, "RSQ"), (0x13A, 2, "STEYX"), (0x13B, 2, "SLOPE"),
    (0x13C, 4, "TTEST"), (0x13D, V, "PROB"), (0x13E, V, "DEVSQ"), (0x13F, V, "GEOMEAN"), (0x140, V, "HARMEAN"),
    (0x141, V, "SUMSQ"), (0x142, V, "KURT"), (0x143, V, "SKEW"), (0x144, V, "ZTEST"), (0x145, 2, "LARGE"),
    (0x146, 2, "SMALL"), (0x147, 2, "QUARTILE"), (0x148, 2, "PERCENTILE"), (0x149, V, "PERCENTRANK"),
    (0x14A, V, "MODE"), (0x14B, 2, "TRIMMEAN"), (0x14C, 2, "TINV"), (0x14E, V, "MOVIE.COMMAND"),
    (0x14F, V, "GET.MOVIE"), (0x150, V, "CONCATENATE"), (0x151, 2, "POWER"), (0x152, V, "PIVOT.ADD.DATA"),
    (0x153, V, "GET.PIVOT.TABLE"), (0x154, V, "GET.PIVOT.FIELD"), (0x155, V, "GET.PIVOT.ITEM"), (0x156, 1, "RADIANS"),
    (0x157, 1, "DEGREES"), (0x158, V, "SUBTOTAL"), (0x159, V, "SUMIF"), (0x15A, 2, "COUNTIF"), (0x15B, 1, "COUNTBLANK"),
    (0x15C, V, "SCENARIO.GET"), (0x15D, 1, "OPTIONS.LISTS.GET"), (0x15E, 4, "ISPMT"), (0x15F, 3, "DATEDIF"),
    (0x160, 1, "DATESTRING"), (0x161, 2, "NUMBERSTRING"), (0x162, V, "ROMAN"), (0x163, V, "OPEN.DIALOG"),
    (0x164, V, "SAVE.DIALOG"), (0x165, V, "VIEW.GET"), (0x166, V, "GETPIVOTDATA"), (0x167, V, "HYPERLINK"),
    (0x168, 1, "PHONETIC"), (0x169, V, "AVERAGEA"), (0x16A, V, "MAXA"), (0x16B, V, "MINA"), (0x16C, V, "STDEVPA"),
    (0x16D, V, "VARPA"), (0x16E, V, "STDEVA"), (0x16F, V, "VARA"), (0x170, 1, "BAHTTEXT"), (0x171, 1, "THAIDAYOFWEEK"),
    (0x172, 1, "THAIDIGIT"), (0x173, 1, "THAIMONTHOFYEAR"), (0x174, 1, "THAINUMSOUND"), (0x175, 1, "THAINUMSTRING"),
    (0x176, 1, "THAISTRINGLENGTH"), (0x177, 1, "ISTHAIDIGIT"), (0x178, 1, "ROUNDBAHTDOWN"), (0x179, 1, "ROUNDBAHTUP"),
    (0x17A, 1, "THAIYEAR"), (0x17B, V, "RTD"), (0x17C, V, "CUBEVALUE"), (0x17D, V, "CUBEMEMBER"),
    (0x17E, 3, "CUBEMEMBERPROPERTY"), (0x17F, V, "CUBERANKEDMEMBER"), (0x180, V, "HEX2BIN"), (0x181, 1, "HEX2DEC"),
    (0x182, V, "HEX2OCT"), (0x183, V, "DEC2BIN"), (0x184, V, "DEC2HEX"), (0x185, V, "DEC2OCT"), (0x186, V, "OCT2BIN"),
    (0x187, V, "OCT2HEX"), (0x188, 1, "OCT2DEC"), (0x189, 1, "BIN2DEC"), (0x18A, V, "BIN2OCT"), (0x18B, V, "BIN2HEX"),
    (0x18C, 2, "IMSUB"), (0x18D, 2, "IMDIV"), (0x18E, 2, "IMPOWER"), (0x18F, 1, "IMABS"), (0x190, 1, "IMSQRT"),
    (0x191, 1, "IMLN"), (0x192, 1, "IMLOG2"), (0x193, 1, "IMLOG10"), (0x194, 1, "IMSIN"), (0x195, 1, "IMCOS"),
    (0x196, 1, "IMEXP"), (0x197, 1, "IMARGUMENT"), (0x198, 1, "IMCONJUGATE"), (0x199, 1, "IMAGINARY"),
    (0x19A, 1, "IMREAL"), (0x19B, V, "COMPLEX"), (0x19C, V, "IMSUM"), (0x19D, V, "IMPRODUCT"), (0x19E, 4, "SERIESSUM"),
    (0x19F, 1, "FACTDOUBLE"), (0x1A0, 1, "SQRTPI"), (0x1A1, 2, "QUOTIENT"), (0x1A2, V, "DELTA"), (0x1A3, V, "GESTEP"),
    (0x1A4, 1, "ISEVEN"), (0x1A5, 1, "ISODD"), (0x1A6, 2, "MROUND"), (0x1A7, V, "ERF"), (0x1A8, 1, "ERFC"),
    (0x1A9, 2, "BESSELJ"), (0x1AA, 2, "BESSELK"), (0x1AB, 2, "BESSELY"), (0x1AC, 2, "BESSELI"), (0x1AD, V, "XIRR"),
    (0x1AE, 3, "XNPV"), (0x1AF, V, "PRICEMAT"), (0x1B0, V, "YIELDMAT"), (0x1B1, V, "INTRATE"), (0x1B2, V, "RECEIVED"),
    (0x1B3, V, "DISC"), (0x1B4, V, "PRICEDISC"), (0x1B5, V, "YIELDDISC"), (0x1B6, 3, "TBILLEQ"),
    (0x1B7, 3, "TBILLPRICE"), (0x1B8, 3, "TBILLYIELD"), (0x1B9, V, "PRICE"), (0x1BA, V, "YIELD"),
    (0x1BB, 2, "DOLLARDE"), (0x1BC, 2, "DOLLARFR"), (0x1BD, 2, "NOMINAL"), (0x1BE, 2, "EFFECT"), (0x1BF, 6, "CUMPRINC"),
    (0x1C0, 6, "CUMIPMT"), (0x1C1, 2, "EDATE"), (0x1C2, 2, "EOMONTH"), (0x1C3, V, "YEARFRAC"), (0x1C4, V, "COUPDAYBS"),
    (0x1C5, V, "COUPDAYS"), (0x1C6, V, "COUPDAYSNC"), (0x1C7, V, "COUPNCD"), (0x1C8, V, "COUPNUM"),
    (0x1C9, V, "COUPPCD"), (0x1CA, V, "DURATION"), (0x1CB, V, "MDURATION"), (0x1CC, V, "ODDLPRICE"),
    (0x1CD, V, "ODDLYIELD"), (0x1CE, V, "ODDFPRICE"), (0x1CF, V, "ODDFYIELD"), (0x1D0, 2, "RANDBETWEEN"),
    (0x1D1, V, "WEEKNUM"), (0x1D2, V, "AMORDEGRC"), (0x1D3, V, "AMORLINC"), (0x1D4, 3, "CONVERT"), (0x1D5, V, "ACCRINT"),
    (0x1D6, V, "ACCRINTM"), (0x1D7, V, "WORKDAY"), (0x1D8, V, "NETWORKDAYS"), (0x1D9, V, "GCD"),
    (0x1DA, V, "MULTINOMIAL"), (0x1DB, V, "LCM"), (0x1DC, 2, "FVSCHEDULE"), (0x1DD, V, "CUBEKPIMEMBER"),
    (0x1DE, V, "CUBESET"), (0x1DF, 1, "CUBESETCOUNT"), (0x1E0, 2, "IFERROR"), (0x1E1, V, "COUNTIFS"),
    (0x1E2, V, "SUMIFS"), (0x1E3, V, "AVERAGEIF"), (0x1E4, V, "AVERAGEIFS"),
];

#[rustfmt::skip]
const COMMANDS: &[(u16, &str)] = &[
    (0x000, "BEEP"), (0x001, "OPEN"), (0x002, "OPEN.LINKS"), (0x003, "CLOSE.ALL"), (0x004, "SAVE"), (0x005, "SAVE.AS"),
    (0x006, "FILE.DELETE"), (0x007, "PAGE.SETUP"), (0x008, "PRINT"), (0x009, "PRINTER.SETUP"), (0x00A, "QUIT"),
    (0x00B, "NEW.WINDOW"), (0x00C, "ARRANGE.ALL"), (0x00D, "WINDOW.SIZE"), (0x00E, "WINDOW.MOVE"), (0x00F, "FULL"),
    (0x010, "CLOSE"), (0x011, "RUN"), (0x016, "SET.PRINT.AREA"), (0x017, "SET.PRINT.TITLES"), (0x018, "SET.PAGE.BREAK"),
    (0x019, "REMOVE.PAGE.BREAK"), (0x01A, "FONT"), (0x01B, "DISPLAY"), (0x01C, "PROTECT.DOCUMENT"),
    (0x01D, "PRECISION"), (0x01E, "A1.R1C1"), (0x01F, "CALCULATE.NOW"), (0x020, "CALCULATION"), (0x022, "DATA.FIND"),
    (0x023, "EXTRACT"), (0x024, "DATA.DELETE"), (0x025, "SET.DATABASE"), (0x026, "SET.CRITERIA"), (0x027, "SORT"),
    (0x028, "DATA.SERIES"), (0x029, "TABLE"), (0x02A, "FORMAT.NUMBER"), (0x02B, "ALIGNMENT"), (0x02C, "STYLE"),
    (0x02D, "BORDER"), (0x02E, "CELL.PROTECTION"), (0x02F, "COLUMN.WIDTH"), (0x030, "UNDO"), (0x031, "CUT"),
    (0x032, "COPY"), (0x033, "PASTE"), (0x034, "CLEAR"), (0x035, "PASTE.SPECIAL"), (0x036, "EDIT.DELETE"),
    (0x037, "INSERT"), (0x038, "FILL.RIGHT"), (0x039, "FILL.DOWN"), (0x03D, "DEFINE.NAME"), (0x03E, "CREATE.NAMES"),
    (0x03F, "FORMULA.GOTO"), (0x040, "FORMULA.FIND"), (0x041, "SELECT.LAST.CELL"), (0x042, "SHOW.ACTIVE.CELL"),
    (0x043, "GALLERY.AREA"), (0x044, "GALLERY.BAR"), (0x045, "GALLERY.COLUMN"), (0x046, "GALLERY.LINE"),
    (0x047, "GALLERY.PIE"), (0x048, "GALLERY.SCATTER"), (0x049, "COMBINATION"), (0x04A, "PREFERRED"),
    (0x04B, "ADD.OVERLAY"), (0x04C, "GRIDLINES"), (0x04D, "SET.PREFERRED"), (0x04E, "AXES"), (0x04F, "LEGEND"),
    (0x050, "ATTACH.TEXT"), (0x051, "ADD.ARROW"), (0x052, "SELECT.CHART"), (0x053, "SELECT.PLOT.AREA"),
    (0x054, "PATTERNS"), (0x055, "MAIN.CHART"), (0x056, "OVERLAY"), (0x057, "SCALE"), (0x058, "FORMAT.LEGEND"),
    (0x059, "FORMAT.TEXT"), (0x05A, "EDIT.REPEAT"), (0x05B, "PARSE"), (0x05C, "JUSTIFY"), (0x05D, "HIDE"),
    (0x05E, "UNHIDE"), (0x05F, "WORKSPACE"), (0x060, "FORMULA"), (0x061, "FORMULA.FILL"), (0x062, "FORMULA.ARRAY"),
    (0x063, "DATA.FIND.NEXT"), (0x064, "DATA.FIND.PREV"), (0x065, "FORMULA.FIND.NEXT"), (0x066, "FORMULA.FIND.PREV"),
    (0x067, "ACTIVATE"), (0x068, "ACTIVATE.NEXT"), (0x069, "ACTIVATE.PREV"), (0x06A, "UNLOCKED.NEXT"),
    (0x06B, "UNLOCKED.PREV"), (0x06C, "COPY.PICTURE"), (0x06D, "SELECT"), (0x06E, "DELETE.NAME"),
    (0x06F, "DELETE.FORMAT"), (0x070, "VLINE"), (0x071, "HLINE"), (0x072, "VPAGE"), (0x073, "HPAGE"),
    (0x074, "VSCROLL"), (0x075, "HSCROLL"), (0x076, "ALERT"), (0x077, "NEW"), (0x078, "CANCEL.COPY"),
    (0x079, "SHOW.CLIPBOARD"), (0x07A, "MESSAGE"), (0x07C, "PASTE.LINK"), (0x07D, "APP.ACTIVATE"),
    (0x07E, "DELETE.ARROW"), (0x07F, "ROW.HEIGHT"), (0x080, "FORMAT.MOVE"), (0x081, "FORMAT.SIZE"),
    (0x082, "FORMULA.REPLACE"), (0x083, "SEND.KEYS"), (0x084, "SELECT.SPECIAL"), (0x085, "APPLY.NAMES"),
    (0x086, "REPLACE.FONT"), (0x087, "FREEZE.PANES"), (0x088, "SHOW.INFO"), (0x089, "SPLIT"), (0x08A, "ON.WINDOW"),
    (0x08B, "ON.DATA"), (0x08C, "DISABLE.INPUT"), (0x08E, "OUTLINE"), (0x08F, "LIST.NAMES"), (0x090, "FILE.CLOSE"),
    (0x091, "SAVE.WORKBOOK"), (0x092, "DATA.FORM"), (0x093, "COPY.CHART"), (0x094, "ON.TIME"), (0x095, "WAIT"),
    (0x096, "FORMAT.FONT"), (0x097, "FILL.UP"), (0x098, "FILL.LEFT"), (0x099, "DELETE.OVERLAY"), (0x09B, "SHORT.MENUS"),
    (0x09F, "SET.UPDATE.STATUS"), (0x0A1, "COLOR.PALETTE"), (0x0A2, "DELETE.STYLE"), (0x0A3, "WINDOW.RESTORE"),
    (0x0A4, "WINDOW.MAXIMIZE"), (0x0A6, "CHANGE.LINK"), (0x0A7, "CALCULATE.DOCUMENT"), (0x0A8, "ON.KEY"),
    (0x0A9, "APP.RESTORE"), (0x0AA, "APP.MOVE"), (0x0AB, "APP.SIZE"), (0x0AC, "APP.MINIMIZE"), (0x0AD, "APP.MAXIMIZE"),
    (0x0AE, "BRING.TO.FRONT"), (0x0AF, "SEND.TO.BACK"), (0x0B9, "MAIN.CHART.TYPE"), (0x0BA, "OVERLAY.CHART.TYPE"),
    (0x0BB, "SELECT.END"), (0x0BC, "OPEN.MAIL"), (0x0BD, "SEND.MAIL"), (0x0BE, "STANDARD.FONT"), (0x0BF, "CONSOLIDATE"),
    (0x0C0, "SORT.SPECIAL"), (0x0C1, "GALLERY.3D.AREA"), (0x0C2, "GALLERY.3D.COLUMN"), (0x0C3, "GALLERY.3D.LINE"),
    (0x0C4, "GALLERY.3D.PIE"), (0x0C5, "VIEW.3D"), (0x0C6, "GOAL.SEEK"), (0x0C7, "WORKGROUP"), (0x0C8, "FILL.GROUP"),
    (0x0C9, "UPDATE.LINK"), (0x0CA, "PROMOTE"), (0x0CB, "DEMOTE"), (0x0CC, "SHOW.DETAIL"), (0x0CE, "UNGROUP"),
    (0x0CF, "OBJECT.PROPERTIES"), (0x0D0, "SAVE.NEW.OBJECT"), (0x0D1, "SHARE"), (0x0D2, "SHARE.NAME"),
    (0x0D3, "DUPLICATE"), (0x0D4, "APPLY.STYLE"), (0x0D5, "ASSIGN.TO.OBJECT"), (0x0D6, "OBJECT.PROTECTION"),
    (0x0D7, "HIDE.OBJECT"), (0x0D8, "SET.EXTRACT"), (0x0D9, "CREATE.PUBLISHER"), (0x0DA, "SUBSCRIBE.TO"),
    (0x0DB, "ATTRIBUTES"), (0x0DC, "SHOW.TOOLBAR"), (0x0DE, "PRINT.PREVIEW"), (0x0DF, "EDIT.COLOR"),
    (0x0E0, "SHOW.LEVELS"), (0x0E1, "FORMAT.MAIN"), (0x0E2, "FORMAT.OVERLAY"), (0x0E3, "ON.RECALC"),
    (0x0E4, "EDIT.SERIES"), (0x0E5, "DEFINE.STYLE"), (0x0F0, "LINE.PRINT"), (0x0F3, "ENTER.DATA"),
    (0x0F9, "GALLERY.RADAR"), (0x0FA, "MERGE.STYLES"), (0x0FB, "EDITION.OPTIONS"), (0x0FC, "PASTE.PICTURE"),
    (0x0FD, "PASTE.PICTURE.LINK"), (0x0FE, "SPELLING"), (0x100, "ZOOM"), (0x103, "INSERT.OBJECT"),
    (0x104, "WINDOW.MINIMIZE"), (0x109, "SOUND.NOTE"), (0x10A, "SOUND.PLAY"), (0x10B, "FORMAT.SHAPE"),
    (0x10C, "EXTEND.POLYGON"), (0x10D, "FORMAT.AUTO"), (0x110, "GALLERY.3D.BAR"), (0x111, "GALLERY.3D.SURFACE"),
    (0x112, "FILL.AUTO"), (0x114, "CUSTOMIZE.TOOLBAR"), (0x115, "ADD.TOOL"), (0x116, "EDIT.OBJECT"),
    (0x117, "ON.DOUBLECLICK"), (0x118, "ON.ENTRY"), (0x119, "WORKBOOK.ADD"), (0x11A, "WORKBOOK.MOVE"),
    (0x11B, "WORKBOOK.COPY"), (0x11C, "WORKBOOK.OPTIONS"), (0x11D, "SAVE.WORKSPACE"), (0x120, "CHART.WIZARD"),
    (0x121, "DELETE.TOOL"), (0x122, "MOVE.TOOL"), (0x123, "WORKBOOK.SELECT"), (0x124, "WORKBOOK.ACTIVATE"),
    (0x125, "ASSIGN.TO.TOOL"), (0x127, "COPY.TOOL"), (0x128, "RESET.TOOL"), (0x129, "CONSTRAIN.NUMERIC"),
    (0x12A, "PASTE.TOOL"), (0x12E, "WORKBOOK.NEW"), (0x131, "SCENARIO.CELLS"), (0x132, "SCENARIO.DELETE"),
    (0x133, "SCENARIO.ADD"), (0x134, "SCENARIO.EDIT"), (0x135, "SCENARIO.SHOW"), (0x136, "SCENARIO.SHOW.NEXT"),
    (0x137, "SCENARIO.SUMMARY"), (0x138, "PIVOT.TABLE.WIZARD"), (0x139, "PIVOT.FIELD.PROPERTIES"),
    (0x13A, "PIVOT.FIELD"), (0x13B, "PIVOT.ITEM"), (0x13C, "PIVOT.ADD.FIELDS"), (0x13E, "OPTIONS.CALCULATION"),
    (0x13F, "OPTIONS.EDIT"), (0x140, "OPTIONS.VIEW"), (0x141, "ADDIN.MANAGER"), (0x142, "MENU.EDITOR"),
    (0x143, "ATTACH.TOOLBARS"), (0x144, "VBAActivate"), (0x145, "OPTIONS.CHART"), (0x148, "VBA.INSERT.FILE"),
    (0x14A, "VBA.PROCEDURE.DEFINITION"), (0x150, "ROUTING.SLIP"), (0x152, "ROUTE.DOCUMENT"), (0x153, "MAIL.LOGON"),
    (0x156, "INSERT.PICTURE"), (0x157, "EDIT.TOOL"), (0x158, "GALLERY.DOUGHNUT"), (0x15E, "CHART.TREND"),
    (0x160, "PIVOT.ITEM.PROPERTIES"), (0x162, "WORKBOOK.INSERT"), (0x163, "OPTIONS.TRANSITION"),
    (0x164, "OPTIONS.GENERAL"), (0x172, "FILTER.ADVANCED"), (0x175, "MAIL.ADD.MAILER"), (0x176, "MAIL.DELETE.MAILER"),
    (0x177, "MAIL.REPLY"), (0x178, "MAIL.REPLY.ALL"), (0x179, "MAIL.FORWARD"), (0x17A, "MAIL.NEXT.LETTER"),
    (0x17B, "DATA.LABEL"), (0x17C, "INSERT.TITLE"), (0x17D, "FONT.PROPERTIES"), (0x17E, "MACRO.OPTIONS"),
    (0x17F, "WORKBOOK.HIDE"), (0x180, "WORKBOOK.UNHIDE"), (0x181, "WORKBOOK.DELETE"), (0x182, "WORKBOOK.NAME"),
    (0x184, "GALLERY.CUSTOM"), (0x186, "ADD.CHART.AUTOFORMAT"), (0x187, "DELETE.CHART.AUTOFORMAT"),
    (0x188, "CHART.ADD.DATA"), (0x189, "AUTO.OUTLINE"), (0x18A, "TAB.ORDER"), (0x18B, "SHOW.DIALOG"),
    (0x18C, "SELECT.ALL"), (0x18D, "UNGROUP.SHEETS"), (0x18E, "SUBTOTAL.CREATE"), (0x18F, "SUBTOTAL.REMOVE"),
    (0x190, "RENAME.OBJECT"), (0x19C, "WORKBOOK.SCROLL"), (0x19D, "WORKBOOK.NEXT"), (0x19E, "WORKBOOK.PREV"),
    (0x19F, "WORKBOOK.TAB.SPLIT"), (0x1A0, "FULL.SCREEN"), (0x1A1, "WORKBOOK.PROTECT"), (0x1A4, "SCROLLBAR.PROPERTIES"),
    (0x1A5, "PIVOT.SHOW.PAGES"), (0x1A6, "TEXT.TO.COLUMNS"), (0x1A7, "FORMAT.CHARTTYPE"), (0x1A8, "LINK.FORMAT"),
    (0x1A9, "TRACER.DISPLAY"), (0x1AE, "TRACER.NAVIGATE"), (0x1AF, "TRACER.CLEAR"), (0x1B0, "TRACER.ERROR"),
    (0x1B1, "PIVOT.FIELD.GROUP"), (0x1B2, "PIVOT.FIELD.UNGROUP"), (0x1B3, "CHECKBOX.PROPERTIES"),
    (0x1B4, "LABEL.PROPERTIES"), (0x1B5, "LISTBOX.PROPERTIES"), (0x1B6, "EDITBOX.PROPERTIES"), (0x1B7, "PIVOT.REFRESH"),
    (0x1B8, "LINK.COMBO"), (0x1B9, "OPEN.TEXT"), (0x1BA, "HIDE.DIALOG"), (0x1BB, "SET.DIALOG.FOCUS"),
    (0x1BC, "ENABLE.OBJECT"), (0x1BD, "PUSHBUTTON.PROPERTIES"), (0x1BE, "SET.DIALOG.DEFAULT"), (0x1BF, "FILTER"),
    (0x1C0, "FILTER.SHOW.ALL"), (0x1C1, "CLEAR.OUTLINE"), (0x1C2, "FUNCTION.WIZARD"), (0x1C3, "ADD.LIST.ITEM"),
    (0x1C4, "SET.LIST.ITEM"), (0x1C5, "REMOVE.LIST.ITEM"), (0x1C6, "SELECT.LIST.ITEM"), (0x1C7, "SET.CONTROL.VALUE"),
    (0x1C8, "SAVE.COPY.AS"), (0x1CA, "OPTIONS.LISTS.ADD"), (0x1CB, "OPTIONS.LISTS.DELETE"), (0x1CC, "SERIES.AXES"),
    (0x1CD, "SERIES.X"), (0x1CE, "SERIES.Y"), (0x1CF, "ERRORBAR.X"), (0x1D0, "ERRORBAR.Y"), (0x1D1, "FORMAT.CHART"),
    (0x1D2, "SERIES.ORDER"), (0x1D3, "MAIL.LOGOFF"), (0x1D4, "CLEAR.ROUTING.SLIP"), (0x1D5, "APP.ACTIVATE.MICROSOFT"),
    (0x1D6, "MAIL.EDIT.MAILER"), (0x1D7, "ON.SHEET"), (0x1D8, "STANDARD.WIDTH"), (0x1D9, "SCENARIO.MERGE"),
    (0x1DA, "SUMMARY.INFO"), (0x1DB, "FIND.FILE"), (0x1DC, "ACTIVE.CELL.FONT"), (0x1DD, "ENABLE.TIPWIZARD"),
    (0x1DE, "VBA.MAKE.ADDIN"), (0x1E0, "INSERTDATATABLE"), (0x1E1, "WORKGROUP.OPTIONS"), (0x1E2, "MAIL.SEND.MAILER"),
    (0x1E5, "AUTOCORRECT"), (0x1E9, "POST.DOCUMENT"), (0x1EB, "PICKLIST"), (0x1ED, "VIEW.SHOW"), (0x1EE, "VIEW.DEFINE"),
    (0x1EF, "VIEW.DELETE"), (0x1FD, "SHEET.BACKGROUND"), (0x1FE, "INSERT.MAP.OBJECT"), (0x1FF, "OPTIONS.MENONO"),
    (0x205, "MSOCHECKS"), (0x206, "NORMAL"), (0x207, "LAYOUT"), (0x208, "RM.PRINT.AREA"), (0x209, "CLEAR.PRINT.AREA"),
    (0x20A, "ADD.PRINT.AREA"), (0x20B, "MOVE.BRK"), (0x221, "HIDECURR.NOTE"), (0x222, "HIDEALL.NOTES"),
    (0x223, "DELETE.NOTE"), (0x224, "TRAVERSE.NOTES"), (0x225, "ACTIVATE.NOTES"), (0x26C, "PROTECT.REVISIONS"),
    (0x26D, "UNPROTECT.REVISIONS"), (0x287, "OPTIONS.ME"), (0x28D, "WEB.PUBLISH"), (0x29B, "NEWWEBQUERY"),
    (0x2A1, "PIVOT.TABLE.CHART"), (0x2F1, "OPTIONS.SAVE"), (0x2F3, "OPTIONS.SPELL"), (0x328, "HIDEALL.INKANNOTS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_names() {
        assert!(FUNCTIONS.is_sorted_by_key(|(number, ..)| number) && COMMANDS.is_sorted_by_key(|(number, _)| number));
        for (number, command, name, arity) in [
            (0x01, false, "IF", None),
            (0x35, false, "GOTO", Some(1)),
            (0x6F, false, "CHAR", Some(1)),
            (0x6E, false, "EXEC", None),
            (0x96, false, "CALL", None),
            (0x88, false, "FREAD", Some(2)),
            (0x95, false, "REGISTER", None),
            (0x36, false, "HALT", None),
            (0xE1, false, "END.IF", Some(0)),
            (0x11, true, "RUN", None),
            (0x06, true, "FILE.DELETE", None),
        ] {
            assert_eq!(function(number, command), Some((name, arity)), "{number:#X}");
        }
        assert_eq!(function(0xFF, false), None);
    }
}

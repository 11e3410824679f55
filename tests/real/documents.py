"""Writes the documents of tests/real with LibreOffice; tests/real/make runs it with the Python that has `uno`."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile

import uno
from com.sun.star.awt import Size
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.script import ModuleInfo
from com.sun.star.script.ModuleType import DOCUMENT, NORMAL
from com.sun.star.text.TextContentAnchorType import AS_CHARACTER

OUT = os.path.abspath(sys.argv[1])
PASSWORD = "correct horse"

# LibreOffice's names of its filters.
WRITER = {"odt": "writer8", "doc": "MS Word 97", "docx": "MS Word 2007 XML", "docm": "MS Word 2007 XML VBA", "rtf": "Rich Text Format"}
CALC = {"ods": "calc8", "xls": "MS Excel 97", "xlsx": "Calc MS Excel 2007 XML", "xlsm": "Calc MS Excel 2007 VBA XML"}
IMPRESS = {"odp": "impress8", "ppt": "MS PowerPoint 97", "pptx": "Impress MS PowerPoint 2007 XML"}
# LibreOffice's class id of a spreadsheet as an object.
CALC_OBJECT = "47BBB4CB-CE4C-4E80-A591-42D9AE74950F"


def properties(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


# A .ppt otherwise carries 400 KB of preview.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Filter/Microsoft/Export"><prop oor:name="EnablePowerPointPreview" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="GenerateThumbnail" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""


def connect(profile):
    """Starts LibreOffice without windows and returns its process and desktop."""
    os.mkdir(os.path.join(profile, "user"))
    with open(os.path.join(profile, "user", "registrymodifications.xcu"), "w", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    office = subprocess.Popen([
        "soffice", "--headless", "--norestore", "--nologo", "-env:UserInstallation=file://" + profile,
        "--accept=pipe,name=unopened;urp;",
    ])
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            context = resolver.resolve("uno:pipe,name=unopened;urp;StarOffice.ComponentContext")
            return office, context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:  # not up yet: LibreOffice says so with several exceptions
            time.sleep(0.5)
    sys.exit("LibreOffice did not start")


def store(document, filters, names, **options):
    for name in names:
        url = "file://" + os.path.join(OUT, name)
        document.storeToURL(url, properties(FilterName=filters[name.rsplit(".", 1)[1]], **options))
    return document


def encryption(kind, password):
    """What LibreOffice's save dialog hands to a filter: its `Password` option reaches the ODF filters only."""
    if kind.startswith("od"):
        return {"Password": password}
    if kind.endswith("x"):
        values = {"CryptoType": "Standard", "OOXPassword": password}
    else:  # RC4 ([MS-OFFCRYPTO] 2.3.6.2)
        salt = bytes(range(16))
        key = hashlib.md5((hashlib.md5(password.encode("utf-16-le")).digest()[:5] + salt) * 16).digest()
        values = {"STD97EncryptionKey": uno.ByteSequence(key), "STD97UniqueID": uno.ByteSequence(salt)}
    data = tuple(NamedValue(name, value) for name, value in values.items())
    return {"EncryptionData": uno.Any("[]com.sun.star.beans.NamedValue", data)}


def store_locked(document, filters, names, password):
    for name in names:
        store(document, filters, [name], **encryption(name.rsplit(".", 1)[1], password))


def writer(desktop):
    document = desktop.loadComponentFromURL("private:factory/swriter", "_blank", 0, properties(Hidden=True))
    document.Text.setString("お見積書の送付について\n\nいつもお世話になっております。\nPlease find our quotation below.\n")
    store(document, WRITER, ["letter.odt", "letter.doc", "letter.docx", "letter.rtf"])
    store(document, {"xml": "MS Word 2003 XML"}, ["letter-2003.xml"])
    store_locked(document, WRITER, ["letter-password.odt", "letter-password.doc", "letter-password.docx"], PASSWORD)
    cursor = document.Text.createTextCursorByRange(document.Text.End)
    cursor.HyperLinkURL = "https://www.example.com/quotation?id=42"
    document.Text.insertString(cursor, "https://www.example.com/quotation", False)
    store(document, WRITER, ["letter-link.docx"])
    table = document.createInstance("com.sun.star.text.TextEmbeddedObject")
    table.CLSID = CALC_OBJECT
    table.AnchorType = AS_CHARACTER
    document.Text.insertTextContent(document.Text.End, table, False)
    table.ExtendedControlOverEmbeddedObject.changeState(1)  # running: only then does it have sheets
    table.ExtendedControlOverEmbeddedObject.Component.Sheets[0].getCellByPosition(0, 0).setValue(42)
    store(document, WRITER, ["letter-table-inside.docx", "letter-table-inside.doc"])
    document.close(True)


def calc(desktop):
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, properties(Hidden=True))
    sheet = document.Sheets[0]
    sheet.Name = "見積"
    for row, (item, price) in enumerate([("用紙 / paper", 1200), ("封筒 / envelopes", 800)]):
        sheet.getCellByPosition(0, row).setString(item)
        sheet.getCellByPosition(1, row).setValue(price)
    sheet.getCellByPosition(1, 2).setFormula("=SUM(B1:B2)")
    store(document, CALC, ["table.ods", "table.xls", "table.xlsx"])
    store_locked(document, CALC, ["table-password.xls", "table-password.xlsx"], PASSWORD)
    # Excel opens this password without asking ([MS-OFFCRYPTO] 2.2.10).
    store_locked(document, CALC, ["table-velvetsweatshop.xls", "table-velvetsweatshop.xlsx"], "VelvetSweatshop")
    document.close(True)


def impress(desktop):
    document = desktop.loadComponentFromURL("private:factory/simpress", "_blank", 0, properties(Hidden=True))
    shape = document.createInstance("com.sun.star.drawing.TextShape")
    shape.Size = Size(10000, 2000)
    document.DrawPages[0].add(shape)
    shape.String = "ご案内 / Information"
    store(document, IMPRESS, ["slides.odp", "slides.ppt", "slides.pptx"])
    document.close(True)


HELLO = 'Sub Hello()\nMsgBox "Hello"\nEnd Sub\n'
# Harmless where somebody runs it all the same: there is no such program.
ACT = 'Private Sub %s_Open()\nShell "unopened.invalid", 0\nEnd Sub\n'


def calc_with_macros(desktop, names, modules):
    """LibreOffice keeps Basic of its own and writes it as a VBA project for Excel."""
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, properties(Hidden=True))
    libraries = document.BasicLibraries
    libraries.VBACompatibilityMode = True
    libraries.ProjectName = "VBAProject"
    library = libraries.createLibrary("VBAProject")
    for name, (kind, source) in modules.items():
        library.insertModuleInfo(name, ModuleInfo(ModuleType=kind))
        word = "VBADocumentModule" if kind == DOCUMENT else "VBAModule"
        library.insertByName(name, "Rem Attribute VBA_ModuleType=%s\nOption VBASupport 1\n%s" % (word, source))
    document.Sheets[0].getCellByPosition(0, 0).setString("見積")
    store(document, CALC, names)
    document.close(True)


def with_project(docx, xlsm, docm):
    """A document with the VBA project of a workbook, for Writer, which keeps the projects it is given and makes none."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    part = '<Override PartName="/word/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    relation = (
        '<Relationship Id="rIdVba" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"'
        ' Target="vbaProject.bin"/></Relationships>'
    )
    with zipfile.ZipFile(docx) as source, zipfile.ZipFile(xlsm) as workbook, zipfile.ZipFile(docm, "w") as out:
        for name in source.namelist():
            content = source.read(name).decode("utf-8")
            if name == "[Content_Types].xml":
                content = content.replace(kind, "application/vnd.ms-word.document.macroEnabled.main+xml").replace("</Types>", part)
            elif name == "word/_rels/document.xml.rels":
                content = content.replace("</Relationships>", relation)
            out.writestr(name, content)
        out.writestr("word/vbaProject.bin", workbook.read("xl/vbaProject.bin"))


def macros(desktop, scratch):
    for name, source in ("macro", ""), ("macro-auto-run", ACT):
        book = {"ThisWorkbook": (DOCUMENT, source % "Workbook" if source else "'\n"), "Module1": (NORMAL, HELLO)}
        calc_with_macros(desktop, [name + ".xls", name + ".xlsm"], book)
        letter = {"ThisDocument": (DOCUMENT, source % "Document" if source else "'\n"), "Module1": (NORMAL, HELLO)}
        calc_with_macros(desktop, [os.path.join(scratch, "letter.xlsm")], letter)
        docm = os.path.join(scratch, "letter.docm")
        with_project(os.path.join(OUT, "letter.docx"), os.path.join(scratch, "letter.xlsm"), docm)
        document = desktop.loadComponentFromURL("file://" + docm, "_blank", 0, properties(Hidden=True))
        store(document, WRITER, [name + ".docm"])  # as a .doc it would lose the project
        document.close(True)


# The same in LibreOffice's own Basic.
ODF_ACT = 'Sub Act\nShell "unopened.invalid", 0\nEnd Sub\n'


def writer_with_basic(desktop, names, module, starts):
    """A letter with Basic of its own; `starts` is what runs when it has been loaded."""
    document = desktop.loadComponentFromURL("private:factory/swriter", "_blank", 0, properties(Hidden=True))
    document.Text.setString("お見積書の送付について\n")
    libraries = document.BasicLibraries
    library = libraries.getByName("Standard") if libraries.hasByName("Standard") else libraries.createLibrary("Standard")
    library.insertByName("Module1", module)
    if starts:
        url = "vnd.sun.star.script:Standard.Module1.%s?language=Basic&location=document" % starts
        event = uno.Any("[]com.sun.star.beans.PropertyValue", properties(EventType="Script", Script=url))
        uno.invoke(document.Events, "replaceByName", ("OnLoad", event))
    store(document, {**WRITER, "fodt": "OpenDocument Text Flat XML"}, names)
    document.close(True)


def odf_macros(desktop):
    writer_with_basic(desktop, ["macro.odt"], HELLO, "")
    writer_with_basic(desktop, ["macro-auto-run.odt", "macro-auto-run.fodt"], ODF_ACT, "Act")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        office, desktop = connect(scratch)
        try:
            writer(desktop)
            calc(desktop)
            impress(desktop)
            macros(desktop, scratch)
            odf_macros(desktop)
        finally:
            desktop.terminate()
            office.wait(60)


main()

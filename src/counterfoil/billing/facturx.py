"""Factur-X 1.0: the PDF/A-3 says in its metadata that it carries an electronic invoice, and by which profile.

The engine that draws the page writes PDF/A-3 with the file attached, but knows no metadata of others. They are added as
PDF provides for it: the metadata object is written once more at the end of the file, and a second table points at it.
"""

from __future__ import annotations

import re
from typing import Final

FILE_NAME: Final = "factur-x.xml"
_METADATA: Final = re.compile(
    rb"(\d+) 0 obj\n<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(.*?)\nendstream", re.DOTALL
)
_END: Final = re.compile(rb"trailer\n<<(.*)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL)
_BAG: Final = b"<pdfaExtension:schemas><rdf:Bag>"
_RDF_ENDS: Final = b"</rdf:RDF>"
_NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES: Final = (
    ("DocumentFileName", "The name of the embedded XML document", FILE_NAME),
    ("DocumentType", "The type of the hybrid document in capital letters", "INVOICE"),
    ("Version", "The actual version of the standard applying to the embedded XML document", "1.0"),
    ("ConformanceLevel", "The conformance level of the embedded XML document", "EN 16931"),
)


def declared(pdf: bytes) -> bytes:
    """Add the metadata of Factur-X to a PDF/A-3 that has its XML attached.

    Raises:
        ValueError: the file is not built as the engine builds it.
    """
    metadata, end = _METADATA.search(pdf), _END.search(pdf)
    if metadata is None or end is None or _BAG not in metadata[2] or _RDF_ENDS not in metadata[2]:
        raise ValueError("this PDF/A has other metadata than expected")
    number = int(metadata[1])
    stream = metadata[2].replace(_BAG, _BAG + _schema(), 1).replace(_RDF_ENDS, _description() + _RDF_ENDS, 1)
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    again = b"%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n" % (
        number,
        len(stream),
        stream,
    )
    table = b"xref\n0 1\n0000000000 65535 f\r\n%d 1\n%010d 00000 n\r\n" % (number, len(body))
    trailer = b"trailer\n<<%b/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (end[1], end[2], len(body) + len(again))
    return body + again + table + trailer


def _schema() -> bytes:
    """Say what the properties are: PDF/A allows none that is not described."""
    properties = "".join(
        [
            '<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
            f"<pdfaProperty:description>{description}</pdfaProperty:description>"
            f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
            for name, description, _ in _PROPERTIES
        ]
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode("ascii")


def _description() -> bytes:
    values = "".join([f"<fx:{name}>{value}</fx:{name}>" for name, _, value in _PROPERTIES])
    return f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{values}</rdf:Description>'.encode("ascii")

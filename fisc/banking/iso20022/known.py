"""What stands where, in messages of versions whose schemas are not here: what is read is of a known name.

Only where something is read: what stands deeper, and is never looked at, may be called as it likes.
"""

from __future__ import annotations

from typing import Any, Final

_CHARGE: Final = "Amt CdtDbtInd ChrgInclInd Tp Rate Br Agt Pty Tax FrToDt Rsn"
_PARTY: Final = "Nm PstlAdr Id CtryOfRes CtctDtls"
_ACCOUNT: Final = "Id Tp Ccy Nm Prxy Ownr Svcr"
_NUMBERS: Final = "IBAN BBAN UPIC PrtryAcct Othr"
_ORIGINAL: Final = "OrgnlNbOfTxs OrgnlCtrlSum StsRsnInf NbOfTxsPerSts"
_DAY: Final = "Dt DtTm"
_CODE: Final = "Cd Prtry"
_SUM: Final = "NbOfNtries Sum TtlNetNtryAmt TtlNetNtry CdtDbtInd"
#: Element, where needed behind the one that it stands in -> those in it, in all versions.
_INSIDE: Final = {
    name: frozenset(inside.split())
    for name, inside in {
        "GrpHdr": "MsgId CreDtTm MsgRcpt MsgPgntn OrgnlBizQry AddtlInf InitgPty FwdgAgt DbtrAgt CdtrAgt",
        "MsgPgntn": "PgNb LastPgInd", "StmtPgntn": "PgNb LastPgInd", "RptPgntn": "PgNb LastPgInd",
        # a statement
        "Acct": _ACCOUNT, "Acct/Id": _NUMBERS, "Svcr": "FinInstnId BrnchId",
        "FinInstnId": "BICFI BIC ClrSysMmbId LEI CmbndId NmAndAdr PrtryId Nm PstlAdr Othr",
        "ClrSysMmbId": "ClrSysId MmbId Id Prtry",
        "Stmt/FrToDt": "FrDtTm ToDtTm FrDt ToDt", "Rpt/FrToDt": "FrDtTm ToDtTm FrDt ToDt",
        "TxsSummry": "TtlNtries TtlCdtNtries TtlDbtNtries TtlNtriesPerBkTxCd",
        "TtlNtries": _SUM, "TtlCdtNtries": _SUM, "TtlDbtNtries": _SUM,
        "Bal": "Tp CdtLine Amt CdtDbtInd Dt Avlbty", "Bal/Tp": f"CdOrPrtry SubTp {_CODE}",
        "CdOrPrtry": _CODE, "Bal/Dt": _DAY,
        # an entry
        "Ntry": "NtryRef Amt CdtDbtInd RvslInd Sts BookgDt ValDt AcctSvcrRef Avlbty BkTxCd ComssnWvrInd "
        "AddtlInfInd Btch AmtDtls Chrgs TechInptChanl Intrst CardTx NtryDtls TxDtls AddtlNtryInf SplmtryData",
        "Ntry/Sts": _CODE, "BookgDt": _DAY, "ValDt": _DAY, "NtryDtls": "Btch TxDtls",
        "Btch": "MsgId PmtInfId NbOfTxs TtlAmt CdtDbtInd",
        "BkTxCd": "Domn Prtry", "BkTxCd/Domn": "Cd Fmly", "BkTxCd/Prtry": "Cd Issr",
        "AmtDtls": "InstdAmt TxAmt CntrValAmt AnncdPstngAmt PrtryAmt",
        "AmtDtls/InstdAmt": "Amt CcyXchg", "AmtDtls/TxAmt": "Amt CcyXchg",
        "Chrgs": f"TtlChrgsAndTaxAmt Rcrd {_CHARGE}", "Rcrd": _CHARGE,
        "Ntry/Intrst": f"TtlIntrstAndTaxAmt Rcrd {_CHARGE}",
        "TxDtls/Intrst": f"TtlIntrstAndTaxAmt Rcrd {_CHARGE}",
        # a transaction
        "TxDtls": "Refs Amt CdtDbtInd RvslInd AmtDtls Avlbty BkTxCd Chrgs Intrst RltdPties RltdAgts "
        "LclInstrm PmtTpInf Purp RltdRmtInf RmtInf RltdDts RltdPric RltdQties FinInstrmId Tax RtrInf "
        "CorpActn SfkpgAcct CshDpst CardTx AddtlTxInf SplmtryData",
        "Refs": "MsgId AcctSvcrRef PmtInfId InstrId EndToEndId UETR TxId MndtId ChqNb ClrSysRef AcctOwnrTxId "
        "AcctSvcrTxId MktInfrstrctrTxId PrcgId Prtry",
        "RltdPties": "InitgPty Dbtr DbtrAcct UltmtDbtr Cdtr CdtrAcct UltmtCdtr TradgPty Prtry",
        **{
            f"RltdPties/{who}": f"Pty Agt {_PARTY}"
            for who in ("Dbtr", "UltmtDbtr", "Cdtr", "UltmtCdtr")
        },
        "RltdPties/DbtrAcct": _ACCOUNT, "RltdPties/CdtrAcct": _ACCOUNT,
        "DbtrAcct/Id": _NUMBERS, "CdtrAcct/Id": _NUMBERS, "Id/Othr": "Id SchmeNm Issr",
        "RmtInf": "Ustrd Strd", "RtrInf": "OrgnlBkTxCd Orgtr Rsn AddtlInf", "RtrInf/Rsn": _CODE,
        # an answer
        "OrgnlGrpInfAndSts": f"OrgnlMsgId OrgnlMsgNmId OrgnlCreDtTm GrpSts {_ORIGINAL}",
        "OrgnlPmtInfAndSts": f"OrgnlPmtInfId PmtInfSts TxInfAndSts {_ORIGINAL}",
        "NbOfTxsPerSts": "DtldNbOfTxs DtldSts DtldCtrlSum",
        "StsRsnInf": "Orgtr Rsn AddtlInf", "StsRsnInf/Rsn": _CODE,
        "TxInfAndSts": "StsId OrgnlInstrId OrgnlEndToEndId OrgnlUETR TxSts StsRsnInf ChrgsInf TrckrData "
        "AccptncDtTm FctvIntrBkSttlmDt AcctSvcrRef ClrSysRef OrgnlTxRef SplmtryData",
        "OrgnlTxRef": "IntrBkSttlmAmt Amt IntrBkSttlmDt ReqdColltnDt ReqdExctnDt CdtrSchmeId SttlmInf "
        "PmtTpInf PmtMtd MndtRltdInf RmtInf UltmtDbtr Dbtr DbtrAcct DbtrAgt DbtrAgtAcct CdtrAgt CdtrAgtAcct "
        "Cdtr CdtrAcct UltmtCdtr Purp",
        "OrgnlTxRef/Amt": "InstdAmt EqvtAmt", "OrgnlTxRef/CdtrAcct": _ACCOUNT,
    }.items()
}  # fmt: skip


def unknown_in(element: Any, strip: int) -> str:
    """The first element inside that no version has where something is read, with what it stands in; else ''.

    `strip` is the length of the namespace prefix of tags.
    """
    name = element.tag[strip:]
    return next((found for child in element if (found := _unknown(child, name, strip))), "") or _strange(
        element, _INSIDE.get(name), strip
    )


def _unknown(element: Any, above: str, strip: int) -> str:
    name = element.tag[strip:]
    known = _INSIDE.get(f"{above}/{name}") or _INSIDE.get(name)
    if known is None:  # nothing is read in it
        return ""
    inside = (found for child in element if (found := _unknown(child, name, strip)))
    return _strange(element, known, strip) or next(inside, "")


def _strange(element: Any, known: frozenset[str] | None, strip: int) -> str:
    """The first element right inside that is none of the known ones, with what it stands in."""
    names = (child.tag[strip:] for child in element) if known is not None else ()
    found = next((name for name in names if name not in (known or ())), "")
    return f"{found[:60]}（在 {element.tag[strip:]} 里）" if found else ""

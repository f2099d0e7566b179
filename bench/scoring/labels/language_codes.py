"""Languages as engines name them (`eng`, `English`, `pt_BR`), by the code that they are compared by. Pure.

Three letters and two are one, and so are a name and its code; regions do not count. A language of a macrolanguage that
vendors take for the whole (Mandarin for Chinese, Bokmål for Norwegian) is the whole; Cantonese stays apart.
Source: ISO 639-1, 639-2/B and 639-3 as in pycountry 26 (2026-11-29); names that Whisper gives besides those of
`bench.scoring.language_names`; codes that ISO withdrew.
"""

from __future__ import annotations

from functools import cache

from bench.scoring.language_names import NAMES

_ISO = """
aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak be=bel bg=bul bi=bis bm=bam
bn=ben bo=bod/tib br=bre bs=bos ca=cat ce=che ch=cha co=cos cr=cre cs=ces/cze cu=chu cv=chv cy=cym/wel da=dan de=deu/ger
dv=div dz=dzo ee=ewe el=ell/gre en=eng eo=epo es=spa et=est eu=baq/eus fa=fas/per ff=ful fi=fin fj=fij fo=fao fr=fra/fre
fy=fry ga=gle gd=gla gl=glg gn=grn gu=guj gv=glv ha=hau he=heb hi=hin ho=hmo hr=hrv ht=hat hu=hun hy=arm/hye hz=her
ia=ina id=ind ie=ile ig=ibo ii=iii ik=ipk io=ido is=ice/isl it=ita iu=iku ja=jpn jv=jav ka=geo/kat kg=kon ki=kik kj=kua
kk=kaz kl=kal km=khm kn=kan ko=kor kr=kau ks=kas ku=kur kv=kom kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin lo=lao
lt=lit lu=lub lv=lav mg=mlg mh=mah mi=mao/mri mk=mac/mkd ml=mal mn=mon mr=mar ms=may/msa mt=mlt my=bur/mya na=nau nd=nde
ne=nep ng=ndo nl=dut/nld nn=nno no=nor nr=nbl nv=nav ny=nya oc=oci oj=oji om=orm or=ori os=oss pa=pan pi=pli pl=pol
ps=pus pt=por qu=que rm=roh rn=run ro=ron/rum ru=rus rw=kin sa=san sc=srd sd=snd se=sme sg=sag si=sin sk=slk/slo sl=slv
sm=smo sn=sna so=som sq=alb/sqi sr=srp ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel tg=tgk th=tha ti=tir tk=tuk
tl=tgl tn=tsn to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig uk=ukr ur=urd uz=uzb ve=ven vi=vie vo=vol wa=wln wo=wol
xh=xho yi=yid yo=yor za=zha zh=chi/zho zu=zul
"""
_OF_THE_WHOLE = """
ar=arb az=azj et=ekk fa=pes he=iw id=in jv=jw kok=gom ku=kmr lv=lvs mg=plt mn=khk ms=zsm ne=npi no=nb/nob om=gaz or=ory
ps=pbt ro=mo sq=als sw=swh tl=fil uz=uzn yi=ji/ydd zh=cmn
"""
_NAMES = {
    "bokmal": "no",
    "burmese": "my",
    "castilian": "es",
    "farsi": "fa",
    "flemish": "nl",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "mandarin": "zh",
    "moldavian": "ro",
    "moldovan": "ro",
    "myanmar": "my",
    "nynorsk": "nn",
    "oriya": "or",
    "panjabi": "pa",
    "pushto": "ps",
    "sinhalese": "si",
    "valencian": "ca",
}


@cache
def _codes() -> dict[str, str]:
    """By another code or a name, in small letters."""
    lines = [line.partition("=") for line in (_ISO + _OF_THE_WHOLE).split()]
    codes = {other: code for code, _, others in lines for other in others.split("/")}
    named = {name.lower(): codes.get(code, code) for code, name in NAMES.items()}
    return named | codes | _NAMES


def language_code(name: str) -> str:
    """The code of a language; what is no known code or name stays as it is, without a region."""
    text = " ".join(name.lower().replace("_", "-").split())
    first = text.replace("(", "-").replace(" ", "-").split("-")[0]
    return _codes().get(text) or _codes().get(first, first)

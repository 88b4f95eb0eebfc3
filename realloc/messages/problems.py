# ruff: noqa: E501
"""What each problem of an input means, in Chinese and English, keyed by its code.

A text may use ``{value}``, ``{expected}``, ``{hint}`` and ``{column}`` of the problem. Where a
problem has a hint, the text in :data:`HINTS` is added; what was expected is added unless the text
says it itself.
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # files
    "E-FILE-MISSING": ("找不到该文件或文件夹,或无法打开", "no such file or folder, or it cannot be opened"),
    "E-FILE-EMPTY": ("文件是空的(0 字节)", "the file is empty (0 bytes)"),
    "E-FILE-CORRUPT": ("文件已损坏,请重新导出或用 Excel/WPS 打开后另存", "the file is damaged; export it again, or open and save it in Excel or WPS"),
    "E-FILE-XLS": ("这是旧版 .xls 文件,请另存为 .xlsx", "this is an old .xls file; save it as .xlsx"),
    "E-FILE-ENCRYPTED": ("文件有密码保护,请取消密码后另存", "the file is protected by a password; save it without one"),
    "E-FILE-HTML": ("这是网页(HTML),不是表格;请用 Excel/WPS 打开后另存为 .xlsx", "this is a web page, not a workbook; open it in Excel or WPS and save it as .xlsx"),
    "E-FILE-TYPE": ("文件内容与其类型不符,或不是可读的类型;请提供 CSV 或 Parquet 文件夹,或一个 .xlsx 工作簿", "the content is not of a type that is read; give a folder of CSV or Parquet files, or one .xlsx workbook"),
    "E-FILE-BOMB": ("压缩文件解开后异常庞大或结构异常,已拒绝", "the file unpacks to an abnormal size or is built abnormally; it was refused"),
    "E-FILE-DTD": ("文件中含文档类型声明(DTD),可能夹带外部内容,已拒绝", "the file has a document type declaration, which could bring in other files; it was refused"),
    "E-FILE-PATH": ("文件名或压缩包内的路径不合法,已拒绝", "the file's name, or a path inside it, is not allowed"),
    "E-FILE-SIZE": ("文件超过大小上限", "the file is larger than allowed"),
    "W-FILE-MACRO": ("文件含宏;宏不会被执行,只读取数据", "the file has macros; they are never run, only data are read"),
    # where to write
    "E-OUT-FILE": ("不能写入:这里要文件夹,但路径上是一个文件;请换一个文件夹,或先移走该文件", "cannot write there: a folder is needed and a file is in the way; name another folder, or move the file"),
    "E-OUT-FOLDER": ("不能写入:这里要文件名,但路径是一个文件夹;请写明文件名,如 city.xlsx", "cannot write there: it is a folder and a file is needed; add a file name such as city.xlsx"),
    "E-OUT-WRITE": ("无法写入;请换一个有写权限、有空间的位置", "it cannot be written; name a place where you may write and that has room"),
    "E-OUT-FORM": ("扩展名与文件形式 {hint} 不符:工作簿的路径须以 .xlsx 结尾,CSV 与 Parquet 写成文件夹,名称不带文件扩展名", "the ending does not go with the form {hint}: a workbook ends in .xlsx; CSV and Parquet are a folder, whose name has no ending of a file"),
    # the folder of a result
    "E-RESULT-CITY": ("该方案属于另一座城市,或求解之后城市数据已改;请换用对应的城市,或重新求解", "the plan is of another city, or the city has changed since; give the city it was solved for, or solve again"),
    "E-RESULT-FORMAT": ("由另一版本的 realloc 写出;请用该版本打开,或用本版本重新求解", "written by another version of realloc; open it with that version, or solve again with this one"),
    "E-RESULT-SHAPE": ("不是 solve 写出的内容;请恢复原文件,或重新求解", "this is not what solve writes; put the original file back, or solve again"),
    "E-RESULT-PROOF": ("证书不是 solve 写出的样子,证明不了什么;请恢复原文件,或重新求解", "the certificate is not laid out as solve writes it and proves nothing; put the original file back, or solve again"),
    "E-RESULT-ENC": ("不是 UTF-8 编码;请恢复原文件,或另存为 UTF-8", "not UTF-8; put the original file back, or save it as UTF-8"),
    # text
    "E-ENC": ("无法识别文字编码;请另存为 UTF-8 编码的 CSV", "the encoding cannot be told; save the CSV as UTF-8"),
    "E-ENC-AMBIGUOUS": ("文字编码无法确定;请另存为 UTF-8 编码的 CSV", "the encoding could be more than one; save the CSV as UTF-8"),
    "W-ENC-GB18030": ("不是 UTF-8,已按 GB18030(GBK)读取,请核对文字", "not UTF-8; read as GB18030 (GBK), please check the text"),
    "E-CSV-NUL": ("该行含有空字节(NUL),文件可能已损坏", "the line has a NUL byte; the file may be damaged"),
    "E-CSV-DELIM": ("列之间用了全角分隔符 {value},请改用英文逗号", "columns are separated by the full-width {value}; use a comma"),
    "W-CSV-DELIM": ("列之间用 {value} 分隔,已照此读取", "columns are separated by {value}; read so"),
    "E-CSV-QUOTE": ("从该行起引号没有配对", "a quotation mark that opens here is not closed properly"),
    "E-TOML": ("参数文件写法有误", "the file of settings is not valid TOML"),
    # sheets and tables
    "E-SHEET-MISSING": ("缺少必需的表", "a table that every city needs is missing"),
    "E-SHEET-AMBIGUOUS": ("有多张表都可能是“{expected}”表,请只保留一张", "several sheets could be the table {expected}; keep one"),
    "E-TABLE-EMPTY": ("表中没有数据", "the table has no rows"),
    "E-TABLE-ROWS": ("行数 {value} 超过上限", "too many rows: {value}"),
    "E-CELL-STRAY": ("表格范围之外有内容,请删除该单元格", "a cell outside the table has content; clear it"),
    "E-ROW-LONG": ("该行的列数比表头多,可能有未加引号的逗号", "the row has more fields than the header; a comma may lack quotation marks"),
    "E-ROW-SHORT": ("该行的列数比表头少", "the row has fewer fields than the header"),
    "W-SHEET-NAME": ("表名不规范,已按“{expected}”表读取", "the sheet's name is not quite right; read as {expected}"),
    "W-SHEET-HIDDEN": ("该工作表是隐藏的,仍已读取", "the sheet is hidden and was read all the same"),
    "W-SHEET-UNKNOWN": ("不认识这张表,未读取", "this is no table of a city and was not read"),
    "W-ROWS-HIDDEN": ("有隐藏或被筛选的行,仍已全部读取", "rows are hidden or filtered; all were read"),
    "W-TABLE-DEFAULT": ("没有“准入”表:所有可准入事项在全市均按拟准入处理", "there is no table of admission: every admissible task is a candidate in the whole city"),
    "W-TABLE-EMPTY": ("“准入”表是空的:除自治事项外,社区不得承担任何事项", "the table of admission is empty: communities may hold nothing but self-governance"),
    # headers
    "E-HEADER": ("表头应在第 1 行", "the header is expected in row 1"),
    "E-HEADER-DUP": ("表头重复", "the header is there twice"),
    "E-HEADER-BLANK": ("该列有数据但没有表头", "the column has data and no header"),
    "E-HEADER-UNKNOWN": ("不认识这个表头", "this header is not known"),
    "E-HEADER-MISSING": ("缺少必填列 {expected}", "the required column {expected} is missing"),
    "W-HEADER-NORM": ("表头写法不规范,已识别", "the header is not quite right and was understood"),
    # numbers
    "E-REQUIRED": ("必填,不能为空", "required, must not be blank"),
    "E-NUM": ("不是数字", "not a number"),
    "E-NUM-NEG": ("不能为负数", "must not be negative"),
    "E-NUM-AMBIGUOUS": ("数字写法有歧义(小数点与分位符不清)", "an ambiguous number (decimal point or grouping?)"),
    "E-NUM-UNIT": ("请只填数字,不要写单位、货币、百分号或“约”", "give the number alone, without unit, currency, percent sign or estimate"),
    "E-NUM-EXCELERR": ("单元格是 Excel 的错误值", "the cell holds an error value of the spreadsheet"),
    "E-NUM-BOOL": ("这里要数字,不是 TRUE/FALSE", "a number is needed, not TRUE or FALSE"),
    "E-NUM-DATE": ("Excel 把它变成了日期;请把单元格设为文本后重填", "the spreadsheet has made a date of it; set the cell to text and type it again"),
    "E-NUM-DECIMALS": ("小数位数过多", "too many decimals"),
    "E-NUM-RANGE": ("超出允许范围", "out of range"),
    "E-NUM-PLACEHOLDER": ("没有数字就留空,不要填“{value}”", "leave the cell blank instead of {value}"),
    "E-FORMULA-NOVALUE": ("公式没有计算结果;请在 Excel/WPS 中打开并保存", "the formula was never calculated; open and save the file in Excel or WPS"),
    "E-MERGED": ("数字单元格不能合并:分不清是合计还是每行的值", "cells of numbers must not be merged: is it the sum or the value of each row?"),
    "W-NUM-NORM": ("数字写法不规范,已识别", "an irregular number, understood"),
    "W-NUM-ROUND": ("计算误差,已取整", "binary noise, rounded"),
    "W-NUM-TEXT": ("数字以文本形式存储,已识别", "a number stored as text, understood"),
    "W-FORMULA-USED": ("单元格是公式,采用其计算结果", "cells with formulas: their stored results were used"),
    "W-MERGED": ("合并单元格,区域内各行都取该值", "merged cells: each row of the range takes the value"),
    # dates, months, words
    "E-DATE": ("不是有效日期", "not a valid date"),
    "E-DATE-AMBIGUOUS": ("日期的日与月分不清", "day and month cannot be told apart"),
    "E-DATE-ORDER": ("失效日期早于生效日期", "ends before it begins"),
    "E-MONTHS": ("月份写法有误", "not a window of months"),
    "E-ENUM": ("不在可选值之列", "not one of the words allowed"),
    "E-FLAG": ("应填 0/1 或 否/是", "must be 0 or 1, no or yes"),
    "W-DATE-TEXT": ("日期以文本形式填写,已识别", "a date as text, understood"),
    "W-MONTHS-NORM": ("月份写法不规范,已识别", "irregular months, understood"),
    "W-MONTHS-IGNORED": ("长期事项全年进行,所填月份不起作用", "a long-term task lasts all year; its months have no effect"),
    "W-ENUM-NORM": ("写法不规范,已识别", "an irregular word, understood"),
    # ids and references
    "E-ID-DUP": ("编号重复", "the id is there more than once"),
    "E-KEY-DUP": ("与另一行重复", "the row repeats the key of another"),
    "E-ID-CHAR": ("编号中有不允许的字符(换行、制表符或分隔符)", "the id has a character that is not allowed (line break, tab or separator)"),
    "E-ID-PRECISION": ("编号按数字存储已丢失末尾数位;请设为文本后重填", "stored as a number the id has lost its last digits; set the cell to text and type it again"),
    "E-ID-RESERVED": ("该词另有含义,不能用作编号", "the word has a meaning of its own and cannot be an id"),
    "E-ID-AMBIGUOUS": ("合同编号与主体编号相同,无法区分", "a contract and a unit have the same id"),
    "E-REF-UNKNOWN": ("没有这个编号或名称", "there is no such id or name"),
    "W-ID-NORM": ("编号前后或中间有多余空白,已去除", "blanks around the id were removed"),
    "W-ID-FORMAT": ("编号按数字存储,已按显示格式补零", "the id is stored as a number; its leading zeros were taken from the format"),
    "W-ID-LOOKALIKE": ("编号与另一编号形近(字母来自不同文字)", "the id looks like another (letters of different scripts)"),
    "W-REF-NORM": ("写法与原编号略有出入,已识别", "not quite the id as it stands, understood"),
    "W-FUNCTION-UNKNOWN": ("没有承担该职能的职能部门,按外部机关处理", "no department has this function; taken as a body outside"),
    "W-CATEGORY-UNKNOWN": ("没有事项属于该大类", "no task is of this category"),
    "E-TEXT-CHAR": ("含有不可见的控制字符", "has an invisible control character"),
    "E-TEXT-LONG": ("文字过长", "the text is too long"),
    # rules between cells
    "E-HIER-CYCLE": ("上下级成环", "the places form a cycle"),
    "E-HIER-ROOTS": ("只能有一个没有上级的地区(市)", "exactly one place, the city, has no place above"),
    "E-HIER-TIER": ("层级有误:上级必须高于下级,最高为市", "wrong tier: a parent is above its children, and the root is the city"),
    "E-UNIT-PLACE": ("该类主体不能设在这一层级的地区", "a unit of this kind cannot sit in a place of this tier"),
    "E-UNIT-DUP": ("同一地区已有同类(同职能)主体", "the place has such a unit already"),
    "E-UNIT-KIND": ("主体类别不符", "a unit of another kind is needed"),
    "E-POOL-KIND": ("同一人员池的主体必须同类", "the units of a pool must be of one kind"),
    "E-EXACTLY-ONE": ("事项与权力类型必须且只能填一个", "give a task or a power type, not both and not neither"),
    "E-SCHEME-KIND": ("方案类别不符", "a scheme of the other kind is needed"),
    "E-RANGE-ORDER": ("上限小于下限", "the larger value is smaller than the lesser"),
    "W-LIMIT-EMPTY": ("没有填任何上限,该行不起作用", "no limit is given; the row has no effect"),
    "W-PLACE-EMPTY": ("没有工作落到该地区", "no work falls to this place"),
    # settings
    "E-SETTING-UNKNOWN": ("没有这个参数", "there is no such setting"),
    "E-SETTING-DUP": ("参数重复", "the setting is there twice"),
    "E-WEIGHTS": ("权重过大:目标值将超出可精确计算的范围,请调小该权重", "the weights are too large for exact arithmetic; lower this one"),
}  # fmt: skip

#: Added where a problem has a hint.
HINTS: dict[str, tuple[str, str]] = {
    "E-SHEET-MISSING": ("找到的表:{hint}", "found: {hint}"),
    "E-SHEET-AMBIGUOUS": ("即:{hint}", "namely {hint}"),
    "E-HEADER": ("表头似乎在第 {hint} 行", "it looks like row {hint}"),
    "E-HEADER-UNKNOWN": ("是否为“{hint}”?", "perhaps {hint}?"),
    "W-HEADER-NORM": ("即“{hint}”", "as {hint}"),
    "E-NUM-UNIT": ("例如 {hint}", "such as {hint}"),
    "E-ENUM": ("是否为“{hint}”?", "perhaps {hint}?"),
    "E-REF-UNKNOWN": ("最接近的是 {hint}", "the nearest is {hint}"),
    "W-FUNCTION-UNKNOWN": ("最接近的是 {hint}", "the nearest is {hint}"),
    "W-CATEGORY-UNKNOWN": ("最接近的是 {hint}", "the nearest is {hint}"),
    "W-SHEET-UNKNOWN": ("是否为“{hint}”?", "perhaps {hint}?"),
    "E-SETTING-UNKNOWN": ("是否为“{hint}”?", "perhaps {hint}?"),
    "E-HIER-CYCLE": ("路径:{hint}", "path: {hint}"),
    "E-HIER-ROOTS": ("现有 {hint} 个", "there are {hint}"),
    "E-HIER-TIER": ("上级的层级为 {hint}", "the parent is a {hint}"),
    "W-ROWS-HIDDEN": ("{hint} 行", "rows: {hint}"),
    "W-FORMULA-USED": ("共 {hint} 格", "cells: {hint}"),
    "E-MERGED": ("区域 {hint}", "range {hint}"),
    "W-MERGED": ("区域 {hint}", "range {hint}"),
    "E-TEXT-LONG": ("共 {hint} 个字符", "characters: {hint}"),
}

#: Where there is no text of its own for a hint.
PLAIN_HINT = ("({hint})", "({hint})")

#: What was expected, by its first word; ``{rest}`` is the rest.
EXPECTED: dict[str, tuple[str, str]] = {
    "id": ("唯一编号", "a unique id"),
    "text": ("文字{rest}", "text{rest}"),
    "words": ("用“;”隔开的词", "words separated by ;"),
    "ref": ("{rest}表中的编号", "an id of {rest}"),
    "refs": ("{rest}表中的编号", "ids of {rest}"),
    "function": ("职能部门的职能", "the function of a department"),
    "holder": (
        "主体编号、合同编号、街道、社区或取消",
        "a unit, a contract, street, community or cancelled",
    ),
    "int": ("整数{rest}", "a whole number{rest}"),
    "minutes": ("整数分钟{rest}", "whole minutes{rest}"),
    "hours": ("小时,最多两位小数{rest}", "hours with at most two decimals{rest}"),
    "yuan": ("整数元{rest}", "whole yuan{rest}"),
    "share": ("0 至 1 的小数,最多三位{rest}", "a decimal of at most three places{rest}"),
    "flag": ("0/1 或 否/是", "0 or 1, no or yes"),
    "enum": ("可选值之一", "one of the words allowed"),
    "date": ("日期,如 2026-01-01", "a date such as 2026-01-01"),
    "months": ("月份,如 05-10", "months such as 05-10"),
    "fields": ("{rest} 列", "fields: {rest}"),
    "rows": ("行数{rest}", "rows{rest}"),
}

RANGE = (" {low} 至 {high}", " from {low} to {high}")
AT_MOST = (",最多 {high}", ", at most {high}")
SHOULD = ("应为:{expected}", "expected: {expected}")
RELATED = ("另见 {cells}", "see also {cells}")
STOP = (";", "; ")

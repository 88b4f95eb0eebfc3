# ruff: noqa: E501
"""What each problem of an input means, in Chinese and English, keyed by its code.

A text may use ``{value}``, ``{expected}``, ``{hint}`` and ``{column}`` of the problem. Where a
problem has a hint, the text in :data:`HINTS` is added, and what to do about an error, from
:data:`ADVICE`; what was expected is added unless the text says it itself.
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # files
    "E-FILE-MISSING": ("找不到该文件或文件夹,或无法打开", "no such file or folder, or it cannot be opened"),
    "E-FILE-EMPTY": ("文件是空的(0 字节)", "the file is empty (0 bytes)"),
    "E-FILE-CORRUPT": ("文件已损坏", "the file is damaged"),
    "E-FILE-XLS": ("这是旧版 .xls 文件", "this is an old .xls file"),
    "E-FILE-ENCRYPTED": ("文件有密码保护", "the file is protected by a password"),
    "E-FILE-HTML": ("这是网页(HTML),不是表格", "this is a web page, not a workbook"),
    "E-FILE-COLUMN": ("该列的类型不是文字、数字、日期或是否", "a column is of another type than text, number, date or yes and no"),
    "E-FILE-TYPE": ("文件内容与其类型不符,或不是可读的类型", "the content is not of a type that is read"),
    "E-FILE-BOMB": ("压缩文件解开后异常庞大或结构异常,已拒绝", "the file unpacks to an abnormal size or is built abnormally; it was refused"),
    "E-FILE-DTD": ("文件中含文档类型声明(DTD),可能夹带外部内容,已拒绝", "the file has a document type declaration, which could bring in other files; it was refused"),
    "E-FILE-PATH": ("文件名或压缩包内的路径不合法,已拒绝", "the file's name, or a path inside it, is not allowed; it was refused"),
    "E-FILE-MANY": ("一次给了不止一个工作簿,或有同名的文件,不知以哪个为准", "more than one workbook, or two files of one name: nobody knows which is meant"),
    "E-FILE-SIZE": ("文件超过大小上限", "the file is larger than allowed"),
    "W-FILE-WORKBOOK": ("文件夹里的工作簿未读取;要用它就只给这个工作簿,或把各表另存为 CSV", "a workbook in the folder was not read; give it alone, or save its sheets as CSV"),
    "W-FILE-MACRO": ("文件含宏;宏不会被执行,只读取数据", "the file has macros; they are never run, only data are read"),
    # where to write
    "E-OUT-FILE": ("不能写入:这里要文件夹,但路径上是一个文件", "cannot write there: a folder is needed and a file is in the way"),
    "E-OUT-FOLDER": ("不能写入:这里要文件名,但路径是一个文件夹", "cannot write there: it is a folder and a file is needed"),
    "E-OUT-EXISTS": ("那里已有内容,没有写入", "something is there already; nothing was written"),
    "E-OUT-WRITE": ("无法写入", "it cannot be written"),
    "E-OUT-FORM": ("扩展名与文件形式 {hint} 不符", "the ending does not go with the form {hint}"),
    # the folder of a result
    "E-RESULT-BUSY": ("另一进程一直在读写这里的结果", "another process keeps reading or writing the result here"),
    "E-RESULT-CHANGED": ("上次保存中断,完整的结果在 {hint} 里;此后该文件又有改动", "a save was interrupted, whose whole result is in {hint}; the file has been changed since"),
    "E-RESULT-PENDING": ("上次保存中断,未能补完", "a save was interrupted and could not be finished"),
    "E-RESULT-CITY": ("该方案属于另一座城市,或求解之后城市数据已改", "the plan is of another city, or the city has changed since"),
    "E-RESULT-FORMAT": ("由另一版本的 realloc 写出", "written by another version of realloc"),
    "E-RESULT-SHAPE": ("不是 solve 写出的内容", "this is not what solve writes"),
    "E-RESULT-PROOF": ("证书不是 solve 写出的样子,证明不了什么", "the certificate is not laid out as solve writes it and proves nothing"),
    "E-RESULT-PLAN": ("这个结果没有方案", "the result has no plan"),
    "E-RESULT-ENC": ("不是 UTF-8 编码", "not UTF-8"),
    # text
    "E-ENC": ("无法识别文字编码", "the encoding cannot be told"),
    "E-ENC-AMBIGUOUS": ("文字编码无法确定", "the encoding could be more than one"),
    "W-ENC-GB18030": ("不是 UTF-8,已按 GB18030(GBK)读取,请核对文字", "not UTF-8; read as GB18030 (GBK), please check the text"),
    "E-CSV-NUL": ("该行含有空字节(NUL),文件可能已损坏", "the line has a NUL byte; the file may be damaged"),
    "E-CSV-DELIM": ("列之间用了{value}", "columns are separated by {value}"),
    "W-CSV-DELIM": ("列之间用{value}分隔,已照此读取", "columns are separated by {value}; read so"),
    "E-CSV-QUOTE": ("从该行起引号没有配对", "a quotation mark that opens here is not closed properly"),
    "E-TOML": ("参数文件写法有误", "the file of settings is not valid TOML"),
    # sheets and tables
    "E-SHEET-MISSING": ("缺少必需的表“{name}”", "the table {name} is missing, which every city needs"),
    "E-SHEET-AMBIGUOUS": ("有多张表都可能是“{expected}”表", "several sheets could be the table {expected}"),
    "E-SHEET-UNKNOWN": ("没有这张表", "there is no such table"),
    "E-TABLE-SIZES": ("各列的行数不同", "the columns have different numbers of rows"),
    "E-TABLE-EMPTY": ("表中没有数据", "the table has no rows"),
    "E-TABLE-ROWS": ("行数 {value} 超过上限", "too many rows: {value}"),
    "E-CELL-STRAY": ("表格范围之外有内容", "a cell outside the table has content"),
    "E-ROW-LONG": ("该行的列数比表头多,可能有未加引号的逗号", "the row has more fields than the header; a comma may lack quotation marks"),
    "E-ROW-SHORT": ("该行的列数比表头少", "the row has fewer fields than the header"),
    "W-SHEET-NAME": ("表名不规范,已按“{expected}”表读取", "the sheet's name is not quite right; read as {expected}"),
    "W-SHEET-HIDDEN": ("该工作表是隐藏的,仍已读取", "the sheet is hidden and was read all the same"),
    "W-SHEET-UNKNOWN": ("不认识这张表,未读取", "this is no table of a city and was not read"),
    "W-ROWS-HIDDEN": ("有隐藏或被筛选的行,仍已全部读取", "rows are hidden or filtered; all were read"),
    "W-TABLE-DEFAULT": ("没有“准入”表:所有可准入事项在全市均按拟准入处理", "there is no table of admission: every admissible task is a candidate in the whole city"),
    "W-TABLE-EMPTY": ("“准入”表是空的:除自治事项外,社区不得承担任何事项", "the table of admission is empty: communities may hold nothing but self-governance"),
    "W-CURRENT-NONE": ("没有“现状分工”:现状按无人承担计算,方案无从与现状比较", "there is nothing of today's allocation: today counts as held by nobody, and a plan cannot be compared with it"),
    # headers
    "E-HEADER": ("表头应在第 1 行", "the header is expected in row 1"),
    "E-HEADER-DUP": ("表头重复", "the header is there twice"),
    "E-HEADER-BLANK": ("该列有数据但没有表头", "the column has data and no header"),
    "E-HEADER-UNKNOWN": ("不认识这个表头", "this header is not known"),
    "E-HEADER-MISSING": ("缺少必填的 {expected}", "{expected} is required and missing"),
    "W-HEADER-NORM": ("表头写法不规范,已识别", "the header is not quite right and was understood"),
    "W-HEADER-UNIT": ("表头没有写明单位,已按小时读取(1 即 60 分钟)", "the header names no unit; its numbers were read as hours (1 is 60 minutes)"),
    # numbers
    "E-REQUIRED": ("必填,不能为空", "required, must not be blank"),
    "E-NUM": ("不是数字", "not a number"),
    "E-NUM-NEG": ("不能为负数", "must not be negative"),
    "E-NUM-AMBIGUOUS": ("数字写法有歧义(小数点与分位符不清)", "an ambiguous number (decimal point or grouping?)"),
    "E-NUM-UNIT": ("数字里夹有单位、货币、百分号或“约”", "the number comes with a unit, currency, percent sign or estimate"),
    "E-NUM-EXCELERR": ("单元格是 Excel 的错误值", "the cell holds an error value of the spreadsheet"),
    "E-NUM-BOOL": ("这里要数字,不是 TRUE/FALSE", "a number is needed, not TRUE or FALSE"),
    "E-NUM-DATE": ("Excel 把它变成了日期", "the spreadsheet has made a date of it"),
    "E-NUM-DECIMALS": ("小数位数过多", "too many decimals"),
    "E-NUM-RANGE": ("超出允许范围", "out of range"),
    "E-NUM-PLACEHOLDER": ("这是“没有”的意思,不是数字", "a word or sign for none, not a number"),
    "E-FORMULA-NOVALUE": ("公式没有计算结果", "the formula was never calculated"),
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
    "E-BLANK-WORD": ("写了表示“没有”的字,会被当作内容", "a word for nothing, which would count as something"),
    "E-FLAG": ("不是“是/否”", "not a yes or no"),
    "W-DATE-TEXT": ("日期以文本形式填写,已识别", "a date as text, understood"),
    "W-MONTHS-NORM": ("月份写法不规范,已识别", "irregular months, understood"),
    "W-MONTHS-IGNORED": ("长期事项全年进行,所填月份不起作用", "a long-term task lasts all year; its months have no effect"),
    "W-ENUM-NORM": ("写法不规范,已识别", "an irregular word, understood"),
    # ids and references
    "E-ID-DUP": ("编号重复", "the id is there more than once"),
    "E-KEY-DUP": ("与另一行重复", "the row repeats the key of another"),
    "E-ID-CHAR": ("编号中有不允许的字符(换行、制表符或分隔符)", "the id has a character that is not allowed (line break, tab or separator)"),
    "E-ID-PRECISION": ("编号按数字存储已丢失末尾数位", "stored as a number the id has lost its last digits"),
    "E-ID-RESERVED": ("该词另有含义,不能用作编号", "the word has a meaning of its own and cannot be an id"),
    "E-ID-AMBIGUOUS": ("合同编号与主体编号相同,无法区分", "a contract and a unit have the same id"),
    "E-REF-UNKNOWN": ("没有这个编号或名称", "there is no such id or name"),
    "E-REF-NAME": ("这里要填编号,填的是名称", "an id is needed here, and this is a name"),
    "W-ID-NORM": ("编号前后或中间有多余空白,已去除", "blanks around the id were removed"),
    "W-ID-FORMAT": ("编号按数字存储,已按显示格式补零", "the id is stored as a number; its leading zeros were taken from the format"),
    "W-ID-LOOKALIKE": ("编号与另一编号形近(字母来自不同文字)", "the id looks like another (letters of different scripts)"),
    "W-REF-NORM": ("写法与原编号略有出入,已识别", "not quite the id as it stands, understood"),
    "W-FUNCTION-UNKNOWN": ("没有承担该职能的职能部门,按外部机关处理", "no department has this function; taken as a body outside"),
    "W-CATEGORY-UNKNOWN": ("没有事项属于该大类", "no task is of this category"),
    "E-TEXT": ("不是文字", "not a text"),
    "E-TUPLE": ("应为若干项(元组)", "not a tuple"),
    "E-TUPLE-DUP": ("同一项列了两次", "the same item is listed twice"),
    "E-TEXT-CHAR": ("含有不可见的控制字符", "has an invisible control character"),
    "E-TEXT-LONG": ("文字过长", "the text is too long"),
    # rules between cells
    "E-HIER-CYCLE": ("上下级成环", "the places form a cycle"),
    "E-HIER-ROOTS": ("只能有一个没有上级的地区(市)", "exactly one place, the city, has no place above"),
    "E-HIER-TIER": ("层级有误:上级必须高于下级,最高为市", "wrong tier: a parent is above its children, and the root is the city"),
    "E-UNIT-PLACE": ("该类主体不能设在这一层级的地区", "a unit of this kind cannot sit in a place of this tier"),
    "E-UNIT-DUP": ("同一地区已有同类(同职能)主体", "the place has such a unit already"),
    "W-UNIT-TWIN": ("同一社区有两个同组织形式的社区类主体,人员与工时相加", "the community has two units of one form; their staff is added up"),
    "E-UNIT-KIND": ("主体类别不符", "a unit of another kind is needed"),
    "E-LIMIT-UNIT": (
        "取消的工作不归任何主体,不能按主体限制", "cancelled work goes to no unit: the limit counts nothing",
    ),
    "E-POOL-KIND": ("同一人员池的主体必须同类", "the units of a pool must be of one kind"),
    "E-EXACTLY-ONE": ("事项与权力类型必须且只能填一个", "give a task or a power type, not both and not neither"),
    "E-SCHEME-KIND": ("方案类别不符", "a scheme of the other kind is needed"),
    "E-RANGE-ORDER": ("上限小于下限", "the larger value is smaller than the lesser"),
    "W-LIMIT-EMPTY": ("没有填任何上限,该行不起作用", "no limit is given; the row has no effect"),
    "W-COMMUNITY-BARE": ("该社区没有社区类主体,任何事项都不能由社区承担", "the community has no unit of kind community, and can hold nothing"),
    "W-YEAR-SHORT": ("一年的工时太少,像是把小时填成了分钟", "very little time for a year, as if hours were given for minutes"),
    "W-LAW-EARLY": ("没有收录该日施行的法律版本,法定权限按 {hint} 起施行的版本计算", "no state of the law in force on this date is stored; authority goes by that in force from {hint} on"),
    "W-STAFF-BLANK": ("该类主体都没有填在岗人数,均按 0 人(没有工时)计算", "no unit of this kind has its staff filled in; all count as 0, without any time"),
    "W-PLACE-EMPTY": ("没有工作落到该地区", "no work falls to this place"),
    # settings
    "E-SETTING-UNKNOWN": ("没有这个参数", "there is no such setting"),
    "E-SETTING-DUP": ("参数重复", "the setting is there twice"),
    "E-WEIGHTS": ("数值过大:目标值将超出可精确计算的范围", "too large for exact arithmetic"),
}  # fmt: skip

#: What to do about each error.
ADVICE: dict[str, tuple[str, str]] = {
    "E-FILE-MISSING": ("请核对路径、名称和读取权限", "check the path, its spelling and your right to read it"),
    "E-FILE-EMPTY": ("请重新导出或重新下载", "export or download it again"),
    "E-FILE-CORRUPT": ("请重新导出,或用 Excel/WPS 打开后另存", "export it again, or open and save it in Excel or WPS"),
    "E-FILE-XLS": ("请另存为 .xlsx", "save it as .xlsx"),
    "E-FILE-ENCRYPTED": ("请取消密码后另存", "save it without one"),
    "E-FILE-HTML": ("请用 Excel/WPS 打开后另存为 .xlsx", "open it in Excel or WPS and save it as .xlsx"),
    "E-FILE-COLUMN": ("请把该列转为文字或数字后重新导出", "convert it to text or numbers and export it again"),
    "E-FILE-TYPE": ("请提供 CSV 或 Parquet 文件夹,或一个 .xlsx 工作簿", "give a folder of CSV or Parquet files, or one .xlsx workbook"),
    "E-FILE-BOMB": ("请向提供者核实来源,用 Excel/WPS 重新另存", "ask where it comes from, and save it again in Excel or WPS"),
    "E-FILE-DTD": ("请向提供者核实来源,用 Excel/WPS 重新另存", "ask where it comes from, and save it again in Excel or WPS"),
    "E-FILE-PATH": ("请去掉名称中的“..”、斜杠和控制字符,重新打包", "take “..”, slashes and control characters out of the names and pack it again"),
    "E-FILE-MANY": ("请只给一个工作簿,或一套名称各不相同的表", "give one workbook, or tables of different names"),
    "E-FILE-SIZE": ("请删去无关的工作表和空行,或改用 Parquet", "remove sheets and blank rows that are not needed, or use Parquet"),
    "E-OUT-FILE": ("请换一个文件夹,或先移走该文件", "name another folder, or move the file"),
    "E-OUT-FOLDER": ("请写明文件名,如 city.xlsx", "add a file name such as city.xlsx"),
    "E-OUT-EXISTS": ("请换一个位置;确要替换,请加 --overwrite", "name another place, or add --overwrite to replace it"),
    "E-OUT-WRITE": ("请换一个有写权限、有空间的位置", "name a place where you may write and that has room"),
    "E-OUT-FORM": ("工作簿的路径须以 .xlsx 结尾;CSV 与 Parquet 写成文件夹,名称不带文件扩展名", "end the path of a workbook in .xlsx; CSV and Parquet are a folder, whose name has no ending of a file"),
    "E-RESULT-BUSY": ("请等其完成后再试", "try again once it is done"),
    "E-RESULT-CHANGED": ("要用完整的结果,请删去该文件;要用改动后的文件,请删去那个文件夹", "remove the file to have the whole result, or that folder to have the changed file"),
    "E-RESULT-PENDING": ("请给该文件夹写权限和空间后再读取", "read it again where you may write and there is room"),
    "E-RESULT-CITY": ("请换用对应的城市,或重新求解", "give the city it was solved for, or solve again"),
    "E-RESULT-FORMAT": ("请用该版本打开,或用本版本重新求解", "open it with that version, or solve again with this one"),
    "E-RESULT-SHAPE": ("请恢复原文件,或重新求解", "put the original file back, or solve again"),
    "E-RESULT-PROOF": ("请恢复原文件,或重新求解", "put the original file back, or solve again"),
    "E-RESULT-PLAN": ("请加长时限重新求解,或换一个有方案的结果", "solve again with more time, or give one with a plan"),
    "E-RESULT-ENC": ("请恢复原文件,或另存为 UTF-8", "put the original file back, or save it as UTF-8"),
    "E-ENC": ("请另存为 UTF-8 编码的 CSV", "save the CSV as UTF-8"),
    "E-ENC-AMBIGUOUS": ("请另存为 UTF-8 编码的 CSV", "save the CSV as UTF-8"),
    "E-CSV-NUL": ("请重新导出该文件", "export the file again"),
    "E-CSV-DELIM": ("请改用英文逗号", "use a comma"),
    "E-CSV-QUOTE": ("请补上缺的引号;文字里的引号写两遍", "close it; a quotation mark inside a text is written twice"),
    "E-TOML": ("请照模板逐行写“名称 = 值”,文字加英文引号", "write a line “name = value” for each, texts in quotation marks"),
    "E-SHEET-MISSING": ("请照模板补上该表", "add it, as in the template"),
    "E-SHEET-AMBIGUOUS": ("请只保留一张", "keep one"),
    "E-SHEET-UNKNOWN": ("请改为表的英文名,如 tasks", "use the name of a table, such as tasks"),
    "E-TABLE-SIZES": ("请让每列行数相同", "give every column as many rows"),
    "E-TABLE-EMPTY": ("请从第 2 行起逐行填写", "fill it in from row 2 on"),
    "E-TABLE-ROWS": ("请删去空行和重复的行,或把城市分开", "remove blank and repeated rows, or split the city"),
    "E-CELL-STRAY": ("请清除该单元格", "clear it"),
    "E-ROW-LONG": ("请给含逗号的文字加上英文引号", "put texts that have a comma in quotation marks"),
    "E-ROW-SHORT": ("请补齐逗号,空着的列也要占位", "add the commas that are missing, for blank fields too"),
    "E-HEADER": ("请删去表头以上的行", "remove the rows above it"),
    "E-HEADER-DUP": ("请只保留一列", "keep one of the columns"),
    "E-HEADER-BLANK": ("请写上表头,或删去该列", "give it a header, or remove the column"),
    "E-HEADER-UNKNOWN": ("请照模板改名,或删去该列", "rename it as in the template, or remove the column"),
    "E-HEADER-MISSING": ("请补上该列并逐行填写", "add the column and fill it in"),
    "E-REQUIRED": ("请填写", "fill it in"),
    "E-NUM": ("请只填阿拉伯数字,说明写在别处", "type digits alone, remarks elsewhere"),
    "E-NUM-NEG": ("请改为 0 或正数", "type 0 or more"),
    "E-NUM-AMBIGUOUS": ("请去掉分位符,小数点用“.”", "leave out grouping, and use . as the decimal point"),
    "E-NUM-UNIT": ("请只填数字", "give the number alone"),
    "E-NUM-EXCELERR": ("请改正公式,或直接填数字", "mend the formula, or type the number"),
    "E-NUM-BOOL": ("请填数字", "type the number"),
    "E-NUM-DATE": ("请把单元格格式设为“常规”,再重填数字", "set the cell to General and type the number again"),
    "E-NUM-DECIMALS": ("请四舍五入到允许的位数", "round it to what is allowed"),
    "E-NUM-RANGE": ("请核对数值与单位", "check the value and its unit"),
    "E-NUM-PLACEHOLDER": ("没有数字就把单元格留空", "leave the cell blank where there is none"),
    "E-FORMULA-NOVALUE": ("请在 Excel/WPS 中打开并保存", "open and save the file in Excel or WPS"),
    "E-MERGED": ("请取消合并,逐行填写", "split them and fill in each row"),
    "E-DATE": ("请照示例改写", "write it as in the example"),
    "E-DATE-AMBIGUOUS": ("请写成年-月-日", "write year-month-day"),
    "E-DATE-ORDER": ("请核对两个日期,长期有效的把失效日期留空", "check both dates; leave the end blank where there is none"),
    "E-MONTHS": ("请写“起月-止月”,全年留空", "write “first-last”, or leave it blank for the whole year"),
    "E-ENUM": ("请从下拉框或可选值中选一个", "choose one of them"),
    "E-BLANK-WORD": ("没有就把单元格留空", "leave the cell blank where there is none"),
    "E-FLAG": ("请填“是”或“否”", "type 1 or 0, yes or no"),
    "E-ID-DUP": ("请给其中一行换一个编号,或删去多余的行", "give one of the rows another id, or remove the one too many"),
    "E-KEY-DUP": ("请合并为一行,或删去多余的行", "make one row of them, or remove the one too many"),
    "E-ID-CHAR": ("请去掉该字符,各处引用一并修改", "take it out, wherever the id is used"),
    "E-ID-PRECISION": ("请把单元格设为文本后重填", "set the cell to text and type it again"),
    "E-ID-RESERVED": ("请换一个编号", "choose another id"),
    "E-ID-AMBIGUOUS": ("请给其中一个换编号", "give one of them another id"),
    "E-REF-NAME": ("请改填编号,见{where}", "type the id, see {where}"),
    "E-REF-UNKNOWN": ("请改为{where}中已有的,或先在那里添加", "use one of {where}, or add it there first"),
    "E-TEXT": ("请给出 str", "give a str"),
    "E-TUPLE": ("请给出 tuple", "give a tuple"),
    "E-TUPLE-DUP": ("请删去多余的一项", "take out the one too many"),
    "E-TEXT-CHAR": ("请删去后重新输入该文字", "clear the cell and type the text again"),
    "E-TEXT-LONG": ("请缩短", "shorten it"),
    "E-HIER-CYCLE": ("请改正其中一个地区的上级", "mend the parent of one of them"),
    "E-HIER-ROOTS": ("请给其余地区填上级", "give all others a parent"),
    "E-HIER-TIER": ("请改正层级或上级", "mend the tier or the parent"),
    "E-UNIT-PLACE": ("请改正主体的类别或所在地区", "mend its kind or its place"),
    "E-UNIT-DUP": ("请合并两行,或改正职能、地区", "make one row of both, or mend function or place"),
    "E-UNIT-KIND": ("请改填所要类别的主体", "name a unit of that kind"),
    "E-LIMIT-UNIT": ("请清空该格,或改填对象", "clear the cell, or name another subject"),
    "E-POOL-KIND": ("请给不同类的主体另设人员池", "give units of another kind a pool of their own"),
    "E-EXACTLY-ONE": ("请只保留其中一个", "keep one of them"),
    "E-SCHEME-KIND": ("请改填另一类方案,或改正方案的类别", "name a scheme of that kind, or mend the scheme"),
    "E-RANGE-ORDER": ("请核对两个数", "check both numbers"),
    "E-SETTING-UNKNOWN": ("请照模板改名,或删去该行", "name it as in the template, or remove the line"),
    "E-SETTING-DUP": ("请只保留一个", "keep one"),
    "E-WEIGHTS": ("请调小该权重,并核对分钟数与人口", "lower this weight, and check minutes and populations"),
    # warnings
    "W-FILE-WORKBOOK": ("不用它就移出文件夹", "move it out of the folder where it is not meant"),
    "W-FILE-MACRO": ("无需处理;不放心就另存为 .xlsx", "nothing to do; save it as .xlsx to be sure"),
    "W-ENC-GB18030": ("文字无误则无需处理;可另存为 UTF-8", "nothing to do where the text is right; or save it as UTF-8"),
    "W-CSV-DELIM": ("各列无误则无需处理;可改用英文逗号", "nothing to do where the columns are right; or use commas"),
    "W-SHEET-NAME": ("请改为规范的表名", "rename the sheet"),
    "W-SHEET-HIDDEN": ("不该读取就删去该表", "remove the sheet where it is not meant"),
    "W-SHEET-UNKNOWN": ("是城市的表就改名,否则无需处理", "rename it where it is a table of the city, else nothing to do"),
    "W-ROWS-HIDDEN": ("不该读取的行请删去,只筛选不起作用", "remove rows that are not meant; to filter them has no effect"),
    "W-TABLE-DEFAULT": ("有准入目录就补上该表", "add the table where there is a catalogue"),
    "W-TABLE-EMPTY": ("请填写准入事项,或删去该表", "fill it in, or remove the table"),
    "W-CURRENT-NONE": ("请填写该表", "fill the table in"),
    "W-HEADER-NORM": ("识别有误就照模板改名", "rename it as in the template where that is not meant"),
    "W-HEADER-UNIT": ("请在表头写明单位,改为其中之一", "say the unit in the header, as one of these"),
    "W-NUM-NORM": ("读得不对就改写", "write it otherwise where that is not meant"),
    "W-NUM-ROUND": ("无需处理", "nothing to do"),
    "W-NUM-TEXT": ("无需处理;可把单元格格式设为“常规”", "nothing to do; or set the cell to General"),
    "W-FORMULA-USED": ("请确认结果是最新的:用 Excel/WPS 打开并保存", "make sure that the results are up to date: open and save the file"),
    "W-MERGED": ("不该各行同值就取消合并,逐行填写", "split them and fill in each row where the value is not that of each"),
    "W-DATE-TEXT": ("读得不对就改写", "write it otherwise where that is not meant"),
    "W-MONTHS-NORM": ("读得不对就改写", "write it otherwise where that is not meant"),
    "W-MONTHS-IGNORED": ("是临时事项就把期限改为“临时”,否则清空月份", "make the task temporary, or clear the months"),
    "W-ENUM-NORM": ("读得不对就改选", "choose another where that is not meant"),
    "W-ID-NORM": ("无需处理", "nothing to do"),
    "W-ID-FORMAT": ("读得不对就把单元格设为文本后重填", "set the cell to text and type it again where that is not meant"),
    "W-ID-LOOKALIKE": ("本应相同就改成同一写法", "spell them alike where one is meant"),
    "W-REF-NORM": ("读得不对就改写", "write it otherwise where that is not meant"),
    "W-FUNCTION-UNKNOWN": ("是本市部门就改为其职能,否则无需处理", "use its function where it is a department of the city, else nothing to do"),
    "W-CATEGORY-UNKNOWN": ("请改为“事项”表中的大类", "use a category of the table of tasks"),
    "W-UNIT-TWIN": ("本是同一主体就合并两行,否则无需处理", "make one row of both where they are one unit, else nothing to do"),
    "W-LIMIT-EMPTY": ("请填上限,或删去该行", "give a limit, or remove the row"),
    "W-COMMUNITY-BARE": ("请在“承担主体”表为其添加社区类主体", "add a unit of kind community to the table of units"),
    "W-LAW-EARLY": ("请核对日期;当时的法律另有规定的,填入“权限”表", "check the date; where the law of that time differs, fill in the table of authority"),
    "W-STAFF-BLANK": ("请填写在岗人数", "fill in the staff"),
    "W-YEAR-SHORT": ("请按分钟填写", "give minutes"),
    "W-PLACE-EMPTY": ("请补填,确无工作则无需处理", "fill it in; nothing to do where there is no work"),
}  # fmt: skip

#: What to do where that depends on the first word of what was expected, or on the hint.
ADVICE_FOR: dict[tuple[str, str], tuple[str, str]] = {
    **{
        ("E-NUM-DATE", kind): ("请把单元格设为文本后重填", "set the cell to text and type it again")
        for kind in ("id", "ref", "refs", "holder", "function", "months", "words", "text")
    },
    ("E-NUM-PLACEHOLDER", "required"): ("该列必填:请填数字,没有实测值就填估计值", "the column is required: give a number, an estimate where nothing was measured"),
    ("E-NUM-EXCELERR", "date"): ("请改正公式,或直接填日期", "mend the formula, or type the date"),
    **{
        ("E-NUM-EXCELERR", kind): ("请改正公式,或直接填写", "mend the formula, or type what is meant")
        for kind in ("id", "ref", "refs", "holder", "function", "months", "words", "text", "flag")
    },
    **{
        (code, "blank"): ("没有就把单元格留空", "leave the cell blank where there is none")
        for code in ("E-REF-UNKNOWN", "E-ENUM")
    },
    ("E-DATE", "blank"): ("没有期限或长期有效就把单元格留空", "leave the cell blank where there is no end"),
}  # fmt: skip

#: What would be right, where the problem itself does not say.
RIGHT: dict[str, tuple[str, str]] = {
    "E-NUM-EXCELERR": ("一个值", "a value"),
    "E-FORMULA-NOVALUE": ("算出结果的公式,或一个值", "a formula with its result, or a value"),
    "E-MERGED": ("每行一个单元格", "a cell in each row"),
    "E-NUM-DATE": ("数字或编号", "a number or an id"),
    "E-DATE-ORDER": ("失效日期不早于生效日期", "an end that is not before the beginning"),
    "E-RANGE-ORDER": ("上限不小于下限", "a larger value that is not below the lesser"),
    "E-ID-RESERVED": ("别的编号", "another id"),
    "E-ID-AMBIGUOUS": ("合同与主体各用各的编号", "ids of contracts that are no ids of units"),
    "E-LIMIT-UNIT": ("空单元格", "an empty cell"),
    "E-UNIT-DUP": ("每个地区每类(每个职能)一个主体", "one unit of a kind and function in a place"),
    "E-HEADER": ("第 1 行是表头", "the header in row 1"),
    "E-HEADER-DUP": ("每个表头一列", "one column for each header"),
    "E-HEADER-BLANK": ("模板中的表头", "a header of the template"),
    "E-HEADER-UNKNOWN": ("模板中的表头", "a header of the template"),
    "E-SHEET-UNKNOWN": ("城市的一张表", "a table of a city"),
    "E-SETTING-UNKNOWN": ("模板中的参数", "a setting of the template"),
    "E-SETTING-DUP": ("每个参数一行", "one line for each setting"),
}  # fmt: skip

#: Said in place of a hint that is a word of its own; ``{rest}`` is what follows its first word.
HINTED: dict[tuple[str, str], tuple[str, str]] = {
    ("E-ENC", "byte"): ("从第 {rest} 个字节起", "from byte {rest} on"),
    ("E-ENC", "UTF-16"): ("像是没有标记的 UTF-16", "it looks like UTF-16 without its mark"),
    ("E-FILE-BOMB", "overlap"): ("压缩包内的文件相互重叠", "files inside it overlap"),
    ("W-PLACE-EMPTY", "population"): ("没有填人口", "it has no residents"),
    ("W-PLACE-EMPTY", "current"): ("“现状分工”没有一行适用于它", "no row of today's allocation applies to it"),
    ("W-PLACE-EMPTY", "communities"): ("其下没有社区", "there is no community in it"),
    **{
        ("E-FILE-TYPE", kind): (f"看内容是 {zh}", f"by its content it is {en}")
        for kind, zh, en in (
            ("zip", "工作簿或压缩包", "a workbook or zip file"), ("text", "文本", "text"),
            ("binary", "二进制文件", "binary"), ("parquet", "Parquet 文件", "a Parquet file"),
            ("pickle", "Python 的 pickle 文件", "a pickle file of Python"), ("ole", "旧版 Office 文件", "an old Office file"),
        )
    },
    ("E-TOML", "quote"): ("中文的名称要加英文引号", "a name that is not English goes in quotation marks"),
    ("E-NUM-UNIT", "|"): ("换算后是 {number};或把表头改为“{header}”", "that is {number}; or make the header {header}"),
    # what the system says of files
    **{
        (code, text): (zh, text)
        for code in ("E-FILE-MISSING", "E-OUT-WRITE")
        for text, zh in (
            ("Permission denied", "没有权限"), ("No space left on device", "磁盘已满"),
            ("Read-only file system", "所在位置只读"), ("File name too long", "名称过长"),
            ("Is a directory", "这是文件夹"), ("Not a directory", "路径中有文件"),
            ("Disk quota exceeded", "空间配额已满"), ("Input/output error", "读写出错"),
        )
    },
}  # fmt: skip

#: Signs as words: they cannot be seen, or not be told from the text around them.
SIGNS: dict[str, tuple[str, str]] = {
    ",": ("英文逗号", "a comma"), ";": ("分号", "a semicolon"), "\\t": ("制表符", "a tab"),
    "|": ("竖线", "a bar"), "\uff0c": ("全角逗号", "the full-width comma"),
    "\uff1b": ("全角分号", "the full-width semicolon"),
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
    "E-SHEET-UNKNOWN": ("是否为“{hint}”?", "perhaps {hint}?"),
    "E-SETTING-UNKNOWN": ("是否为“{hint}”?", "perhaps {hint}?"),
    "E-HIER-CYCLE": ("路径:{hint}", "path: {hint}"),
    "E-HIER-ROOTS": ("现有 {hint} 个", "there are {hint}"),
    "E-HIER-TIER": ("上级的层级为 {hint}", "the parent is a {hint}"),
    "W-ROWS-HIDDEN": ("{hint} 行", "rows: {hint}"),
    "W-COMMUNITY-BARE": ("共 {hint} 个社区", "communities: {hint}"),
    "W-FORMULA-USED": ("共 {hint} 格", "cells: {hint}"),
    "E-MERGED": ("区域 {hint}", "range {hint}"),
    "W-MERGED": ("区域 {hint}", "range {hint}"),
    "E-TEXT-LONG": ("共 {hint} 个字符", "characters: {hint}"),
    "E-FILE-CORRUPT": ("涉及 {hint}", "at {hint}"),
    "E-FILE-BOMB": ("大小 {hint}", "size: {hint}"),
    "E-FILE-SIZE": ("{hint} 字节", "bytes: {hint}"),
    "E-FILE-MISSING": ("系统提示:{hint}", "the system says: {hint}"),
    "E-FILE-TYPE": ("看内容是 {hint}", "by its content it is {hint}"),
    "E-FILE-COLUMN": ("类型 {hint}", "type {hint}"),
    "E-OUT-FILE": ("即 {hint}", "namely {hint}"),
    "E-OUT-WRITE": ("系统提示:{hint}", "the system says: {hint}"),
    "E-ENC": ("位置 {hint}", "at {hint}"),
    "E-ENC-AMBIGUOUS": ("可能是 {hint}", "perhaps {hint}"),
    "E-NUM-RANGE": ("若是百分数,写成 {hint}", "a percentage is written {hint}"),
    "E-DATE": ("请写完整日期,如 {hint}", "write the whole date, such as {hint}"),
    "E-REF-NAME": ("编号是 {hint}", "the id is {hint}"),
    "E-TEXT-CHAR": ("字符 {hint}", "character {hint}"),
    "E-ID-CHAR": ("字符 {hint}", "character {hint}"),
    "E-UNIT-PLACE": ("所填地区的层级为 {hint}", "the place is a {hint}"),
    "E-UNIT-KIND": ("所填主体的类别为 {hint}", "the unit is a {hint}"),
    "E-UNIT-DUP": ("主体类别:{hint}", "kind: {hint}"),
    "E-POOL-KIND": ("这个主体的类别为 {hint}", "this unit is a {hint}"),
    "E-SCHEME-KIND": ("所填方案是 {hint}", "the scheme is a {hint}"),
    "W-STAFF-BLANK": ("主体类别:{hint}", "kind: {hint}"),
    "W-YEAR-SHORT": ("若是小时,应填 {hint}", "if hours were meant, that is {hint}"),
    "E-NUM-DECIMALS": ("按千分数填写,即 {hint}", "in thousandths, that is {hint}"),
    "W-PLACE-EMPTY": ("缺 {hint}", "without {hint}"),
    "W-ID-LOOKALIKE": ("不同的字母是 {hint}", "the letter that differs is {hint}"),
    **{
        code: ("读作 {hint}", "read as {hint}")
        for code in ("W-NUM-NORM", "W-NUM-ROUND", "W-NUM-TEXT", "W-DATE-TEXT", "W-MONTHS-NORM",
                     "W-ENUM-NORM", "W-ID-NORM", "W-ID-FORMAT", "W-REF-NORM")
    },
}

#: Where there is no text of its own for a hint.
PLAIN_HINT = ("({hint})", "({hint})")

#: Where ids stand, and where that is not said.
HOME = ("“{table}”表“{column}”列", "column {column} of {table}")
OR = ("或", " or ")
AND = ("、", ", ")
ITS_TABLE = ("对应的表", "its table")

#: Name of the column with the ids of a table, added to what a reference may be.
KEY = ("(“{column}”列)", " (column {column})")

#: Name of the sheet of settings, which is no table of the schema.
CITY_ZH = "城市"

#: What was expected, by its first word; ``{rest}`` is the rest.
EXPECTED: dict[str, tuple[str, str]] = {
    "id": ("唯一编号{rest}", "a unique id{rest}"),
    "key": ("{rest}的每个组合一行", "one row for each combination of {rest}"),
    "text": ("文字{rest}", "text{rest}"),
    "words": ("用“;”隔开的词", "words separated by semicolons"),
    "ref": ("{rest}表中的编号{key}", "an id of {rest}{key}"),
    "refs": ("{rest}表中的编号{key}", "ids of {rest}{key}"),
    "function": ("职能部门的职能,见“承担主体”表“职能”列", "the function of a department, column function of units"),
    "holder": (
        "街道、社区、取消,或编号:“承担主体”表“主体编号”列、“购买合同”表“合同编号”列",
        "street, community, cancelled, or an id: column id of units or of contracts",
    ),
    "int": ("整数{rest}", "a whole number{rest}"),
    "minutes": ("整数分钟{rest}", "whole minutes{rest}"),
    "hours": ("小时,最多两位小数{rest}", "hours with at most two decimals{rest}"),
    "yuan": ("整数元{rest}", "whole yuan{rest}"),
    "share": ("0 至 1 的小数,最多三位", "a decimal from 0 to 1 of at most three places"),
    "flag": ("0/1 或 否/是", "0 or 1, no or yes"),
    "enum": ("可选值之一", "one of the words allowed"),
    "date": ("日期,如 2026-01-01", "a date such as 2026-01-01"),
    "months": ("月份,如 05-10", "months such as 05-10"),
    "column": ("{rest} 列", "the column {rest}"),
    "table": ("{rest} 表", "the table {rest}"),
    "fields": ("{rest} 列", "fields: {rest}"),
    "edge": ("表头止于 {rest} 列,内容要写在其内", "cells up to column {rest}, where the header ends"),
    "<": ("小于 {rest}", "less than {rest}"),
    ">=": ("不小于 {rest}", "not less than {rest}"),
    "rows": ("行数{rest}", "rows{rest}"),
}

RANGE = (" {low} 至 {high}", " from {low} to {high}")
AT_MOST = (",最多 {high}", ", at most {high}")
SHOULD = ("应为:{expected}", "expected: {expected}")
RELATED = ("另见 {cells}", "see also {cells}")
STOP = (";", "; ")

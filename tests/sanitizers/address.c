/* What fontconfig keeps of a font that it has found, once; not known as reachable to the sanitizer.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n"
           "leak:libcairo\n";
}

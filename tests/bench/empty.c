/* What a process costs that does nothing: the measure for a token that is at hand. */
int
main(void)
{
	return 0;
}

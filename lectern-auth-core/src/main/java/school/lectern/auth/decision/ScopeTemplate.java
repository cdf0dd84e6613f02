package school.lectern.auth.decision;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * A scope with a variable, such as {@code read:repo-{id}}, for whose value a request has a segment of its path.
 *
 * <p>There is one variable at most: with two, the values {@code a-b} and {@code c} would need the same scope as {@code a} and
 * {@code b-c}.
 *
 * @param before the text before the variable
 * @param variable the name of the variable
 * @param after the text after the variable
 */
record ScopeTemplate(String before, String variable, String after) {

    private static final Pattern TEMPLATE = Pattern.compile("([^{}*]*)\\{([^{}*]+)}([^{}*]*)");

    /**
     * The characters of a scope without those that have a meaning: a colon, which separates segments, {@code *} and braces.
     * So a value is never a pattern, and never belongs to another segment than its variable.
     */
    private static final Pattern LITERAL = Pattern.compile("[!#-)+-9;-\\[\\]-z|~]+");

    /**
     * {@return the template that a scope of a requirement is, or empty if it has no variable}
     *
     * @throws IllegalArgumentException if it has braces, but not those of one variable, or a variable and {@code *}
     */
    static Optional<ScopeTemplate> of(Scope scope) {
        String text = scope.name();
        if (text.indexOf('{') < 0 && text.indexOf('}') < 0) {
            return Optional.empty();
        }
        Matcher template = TEMPLATE.matcher(text);
        if (!template.matches()) {
            throw new IllegalArgumentException(
                    "a scope must have at most one {variable}, and no * beside it, was '" + text + "'");
        }
        return Optional.of(new ScopeTemplate(template.group(1), template.group(2), template.group(3)));
    }

    /** {@return the scope for the value of the variable, or empty if the value is not a literal name or makes it too long} */
    Optional<Scope> resolve(Map<String, String> values) {
        String value = values.get(variable);
        if (value == null || !LITERAL.matcher(value).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Scope.of(before + value + after));
        } catch (IllegalArgumentException tooLong) {
            return Optional.empty();
        }
    }

    /** {@return whether some value makes it a scope that a token can have} */
    boolean fits(ScopeGrammar grammar) {
        return grammar.names().isEmpty()
                ? grammar.knows(Scope.of(before + 'x' + after))
                : grammar.names().stream().anyMatch(this::matches);
    }

    private boolean matches(Scope scope) {
        String name = scope.name();
        return name.length() > before.length() + after.length()
                && name.startsWith(before)
                && name.endsWith(after)
                && LITERAL.matcher(name.substring(before.length(), name.length() - after.length()))
                        .matches();
    }
}

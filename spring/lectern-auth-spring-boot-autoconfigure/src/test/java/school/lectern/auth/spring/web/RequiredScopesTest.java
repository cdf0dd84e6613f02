package school.lectern.auth.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.web.method.HandlerMethod;
import school.lectern.auth.decision.Requirement;

class RequiredScopesTest {

    private final RequiredScopes scopes = new RequiredScopes();

    interface Api {
        String learner();

        String open();
    }

    static class Controller implements Api {
        @Override
        @RequiresScope("read:learners")
        public String learner() {
            return "learner";
        }

        @Override
        public String open() {
            return "open";
        }
    }

    @RequiresScope(
            value = "write:org",
            anyOf = {"repo", "read:repo-{id}"})
    static class Alternatives implements Runnable {
        @Override
        public void run() {}
    }

    @RequiresScope("read:learners")
    static class SocketHandler implements Runnable {
        @Override
        public void run() {}
    }

    private Optional<Requirement> of(Object bean, Class<?> declared, String method) throws NoSuchMethodException {
        return scopes.requirementOf(new HandlerMethod(bean, declared.getMethod(method)));
    }

    private static Object proxy(Object target, boolean ofClass) {
        ProxyFactory factory = new ProxyFactory(target);
        factory.setProxyTargetClass(ofClass);
        return factory.getProxy();
    }

    @Test
    void the_annotation_of_the_implementation_counts_behind_every_proxy() throws NoSuchMethodException {
        Optional<Requirement> needed = Optional.of(Requirement.scopes("read:learners"));
        assertThat(of(new Controller(), Controller.class, "learner")).isEqualTo(needed);
        assertThat(of(proxy(new Controller(), true), Controller.class, "learner"))
                .isEqualTo(needed);
        assertThat(of(proxy(new Controller(), false), Api.class, "learner")).isEqualTo(needed);
        assertThat(of(proxy(new Controller(), false), Api.class, "open")).isEmpty();
    }

    @Test
    void one_of_the_alternatives_is_needed_in_addition_to_all_other_scopes() {
        Requirement needed = scopes.requirementOf(new Alternatives()).orElseThrow();
        assertThat(needed).isEqualTo(Requirement.scope("write:org").andAnyOf("repo", "read:repo-{id}"));
        assertThat(needed.pathVariables()).containsExactly("id");
    }

    @Test
    void the_annotation_of_a_class_counts_for_a_handler_without_methods() {
        Optional<Requirement> needed = Optional.of(Requirement.scopes("read:learners"));
        assertThat(scopes.requirementOf(new SocketHandler())).isEqualTo(needed);
        assertThat(scopes.requirementOf(proxy(new SocketHandler(), false))).isEqualTo(needed);
        assertThat(scopes.requirementOf(new Controller())).isEmpty();
    }
}

package school.lectern.auth.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;
import static school.lectern.auth.spring.test.LecternAuthRequestPostProcessors.lecternToken;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AliasFor;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Service;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spring.security.LecternAuthenticationToken;
import school.lectern.auth.spring.web.RequiresScope;

/** A token of a test method authenticates its requests and its calls of services, and nothing after the method. */
class WithLecternTokenTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    static class Application {

        @RestController
        static class Learners {
            @GetMapping("/v1/me")
            @RequiresScope("read:learners")
            String me(HttpServletRequest request) {
                return LecternAuthFilter.principal(request).tenantId();
            }
        }

        @Service
        static class Grades {
            @RequiresScope("write:learners")
            public String set() {
                return "set";
            }

            @PreAuthorize("hasAuthority('SCOPE_write:learners')")
            public String delete() {
                return "deleted";
            }
        }
    }

    /** An application with WebFlux. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableReactiveMethodSecurity
    static class ReactiveApplication {

        @Service
        static class Grades {
            @RequiresScope("write:learners")
            public Mono<String> set() {
                return Mono.just("set");
            }

            @PreAuthorize("hasAuthority('SCOPE_write:learners')")
            public Mono<String> delete() {
                return Mono.just("deleted");
            }
        }
    }

    /** An annotation of an application. */
    @Retention(RetentionPolicy.RUNTIME)
    @WithLecternToken(tenant = "789")
    @interface WithTeacher {
        @AliasFor(annotation = WithLecternToken.class, attribute = "scopes")
        String[] mayUse() default {};
    }

    @SpringBootTest(classes = Application.class)
    @AutoConfigureMockMvc
    @AutoConfigureWebTestClient
    @AutoConfigureLecternAuth
    abstract static class InTheApplication {

        @Autowired
        MockMvc mvc;

        @Autowired
        Application.Grades grades;

        void assertTenant(String expected) throws Exception {
            mvc.perform(get("/v1/me"))
                    .andExpect(status().isOk())
                    .andExpect(content().string(expected));
        }
    }

    @Nested
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    class OnMethods extends InTheApplication {

        @Autowired
        private WebTestClient client;

        @Autowired
        private LecternAuth auth;

        @Test
        @Order(1)
        @WithLecternToken(tenant = "456", scopes = "read:learners")
        void requests_have_the_token() throws Exception {
            assertTenant("456");
            client.get().uri("/v1/me").exchange().expectBody(String.class).isEqualTo("456");
        }

        /** Runs after the method above, with the same application and on the same thread. */
        @Test
        @Order(2)
        void a_method_without_the_annotation_has_no_token() throws Exception {
            assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
            mvc.perform(get("/v1/me")).andExpect(status().isUnauthorized());
            client.get().uri("/v1/me").exchange().expectStatus().isUnauthorized();
        }

        @Test
        @WithLecternToken(
                tenant = "456",
                scopes = {"read:learners", "write:learners"})
        void a_teacher_sets_grades() throws Exception {
            mvc.perform(get("/v1/me")).andExpect(content().string("456"));
            assertThat(grades.set()).isEqualTo("set");
        }

        @Test
        @WithLecternToken(tenant = "456", scopes = "write:learners")
        void services_are_called_with_the_token_before_and_after_a_request() throws Exception {
            assertThat(grades.set()).isEqualTo("set");
            mvc.perform(get("/v1/me")).andExpect(status().isForbidden());
            assertThat(grades.set()).isEqualTo("set");
            assertThat(grades.delete()).isEqualTo("deleted");
        }

        @Test
        @WithLecternToken(scopes = "read:learners")
        void services_deny_a_token_without_the_scope() {
            assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(grades::set);
            assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(grades::delete);
        }

        @Test
        @WithLecternToken(tenant = "456", scopes = "read:learners")
        void the_authentication_is_that_of_a_verified_token() {
            Authentication found = SecurityContextHolder.getContext().getAuthentication();
            assertThat(found).isInstanceOf(LecternAuthenticationToken.class);
            assertThat(found.getAuthorities()).extracting(Object::toString).containsExactly("SCOPE_read:learners");
            TokenPrincipal principal = (TokenPrincipal) found.getPrincipal();
            assertThat(principal.tenantId()).isEqualTo("456");
            assertThat(principal.recheck()).isEmpty();
            auth.tenant("456").tokens().revoke(principal.getName()).orElseThrow();
            assertThat(principal.recheck()).isPresent();
        }

        @Test
        @WithLecternToken(tenant = "456", scopes = "read:learners")
        void a_request_with_a_header_is_sent_as_it_is() throws Exception {
            mvc.perform(get("/v1/me").header("Authorization", "Bearer wrong")).andExpect(status().isUnauthorized());
            mvc.perform(get("/v1/me").with(lecternToken().scopes("write:learners")))
                    .andExpect(status().isForbidden());
            RequestPostProcessor later = request -> {
                request.addHeader("Authorization", "Basic d3Jvbmc6d3Jvbmc=");
                return request;
            };
            mvc.perform(get("/v1/me").with(later)).andExpect(status().isUnauthorized());
        }

        @Test
        @WithTeacher(mayUse = "read:learners")
        void an_annotation_of_the_application_can_have_the_annotation() throws Exception {
            assertTenant("789");
        }
    }

    @WithLecternToken(tenant = "456", scopes = "read:learners")
    abstract static class WithAToken extends InTheApplication {}

    @Nested
    class OnClasses extends WithAToken {

        @Test
        void a_class_inherits_the_annotation() throws Exception {
            assertTenant("456");
        }

        @Test
        @WithLecternToken(tenant = "567", scopes = "read:learners")
        void the_annotation_of_a_method_comes_first() throws Exception {
            assertTenant("567");
        }

        @Nested
        class AroundANestedClass {

            @Test
            void a_nested_class_inherits_the_annotation() throws Exception {
                assertTenant("456");
                assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> grades.set());
            }

            @Test
            @WithLecternToken(scopes = "write:learners")
            void and_its_methods_can_replace_it() {
                assertThat(grades.set()).isEqualTo("set");
            }
        }
    }

    /** With spring-security-test, which hands the security context of the thread to publishers. */
    @Nested
    @SpringBootTest(classes = ReactiveApplication.class, properties = "spring.main.web-application-type=reactive")
    @AutoConfigureLecternAuth
    class WithPublishers {

        @Autowired
        private ReactiveApplication.Grades grades;

        @Test
        @WithLecternToken(scopes = "write:learners")
        void services_are_called_with_the_token() {
            assertThat(grades.set().block()).isEqualTo("set");
            assertThat(grades.delete().block()).isEqualTo("deleted");
        }

        @Test
        @WithLecternToken(scopes = "read:learners")
        void services_deny_a_token_without_the_scope() {
            assertThatExceptionOfType(AccessDeniedException.class)
                    .isThrownBy(() -> grades.set().block());
        }
    }

    @Nested
    class AfterTheMethod {

        @AfterEach
        void nothing_is_left() {
            assertThat(CurrentToken.find()).isNull();
            assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
        }

        @Test
        void a_failed_method_leaves_nothing() throws Exception {
            run(new AssertionError("planted"));
        }

        @Test
        void a_successful_method_leaves_nothing() throws Exception {
            run(null);
        }

        private void run(Throwable failure) throws Exception {
            SimulatedTest instance = new SimulatedTest();
            Method method = SimulatedTest.class.getDeclaredMethod("method");
            TestContextManager manager = new TestContextManager(SimulatedTest.class);
            manager.prepareTestInstance(instance);
            manager.beforeTestMethod(instance, method);
            assertThat(CurrentToken.find()).isNotNull().hasToString("CurrentToken");
            assertThat(SecurityContextHolder.getContext().getAuthentication()).isNotNull();
            manager.afterTestMethod(instance, method, failure);
        }
    }

    /** Run by Spring's test framework alone. */
    @WithLecternToken(scopes = "read:learners")
    static class SimulatedTest extends InTheApplication {
        void method() {}
    }

    @SpringJUnitConfig(SimulatedTestWithoutTheLibrary.Empty.class)
    @WithLecternToken(scopes = "read:learners")
    static class SimulatedTestWithoutTheLibrary {

        @Configuration(proxyBeanMethods = false)
        static class Empty {}

        void method() {}
    }

    @Test
    void an_application_without_the_library_is_reported() throws Exception {
        SimulatedTestWithoutTheLibrary instance = new SimulatedTestWithoutTheLibrary();
        Method method = SimulatedTestWithoutTheLibrary.class.getDeclaredMethod("method");
        TestContextManager manager = new TestContextManager(SimulatedTestWithoutTheLibrary.class);
        manager.prepareTestInstance(instance);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> manager.beforeTestMethod(instance, method))
                .withMessageContaining("add @AutoConfigureLecternAuth");
        manager.afterTestMethod(instance, method, null);
    }
}
